// Function multiversioning: one source, compiled for several x86-64 levels, chosen by the loader at run time.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && \
    !defined(NLPCORE_ONE_VERSION)
#define NLPCORE_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NLPCORE_MULTIVERSION
#endif
