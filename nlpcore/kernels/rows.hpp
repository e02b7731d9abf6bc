// What is done to single rows of a product: maxout with layer norm, the best columns, sums of rows. Included after
// gemm.hpp, inside an instruction set's namespace. Registers are written out, so that no loop is peeled by alignment.

// One of kN lanes: the lower half is combined with the upper one until one is left.
template <size_t kN, class T, class Combine>
static inline T reduced(const T* lanes, Combine combine) {
    if constexpr (kN == 4) {
        return combine(combine(lanes[0], lanes[2]), combine(lanes[1], lanes[3]));
    } else {
        typedef T Half __attribute__((vector_size(sizeof(T) * kN / 2), aligned(4), may_alias));
        const Half* halves = reinterpret_cast<const Half*>(lanes);
        const Half half = combine(halves[0], halves[1]);
        return reduced<kN / 2>(reinterpret_cast<const T*>(&half), combine);
    }
}

static inline float lane_sum(V v) {
    return reduced<kLanes>(reinterpret_cast<const float*>(&v), [](auto a, auto b) { return a + b; });
}
static inline float highest_lane(V v) {
    return reduced<kLanes>(reinterpret_cast<const float*>(&v), [](auto a, auto b) { return b > a ? b : a; });
}
static inline int32_t lowest_lane(VInt v) {
    return reduced<kLanes>(reinterpret_cast<const int32_t*>(&v), [](auto a, auto b) { return b < a ? b : a; });
}

// A register of T = V, or one float of a row's end.
template <class T>
static inline T at(const float* p);
template <>
inline V at<V>(const float* p) {
    return load(p);
}
template <>
inline float at<float>(const float* p) {
    return *p;
}
static inline void put(float* p, V v) { store(p, v); }
static inline void put(float* p, float v) { *p = v; }

template <class T>
static inline T higher(T best, T other) {
    return other > best ? other : best;
}

template <class T>
static inline T highest_piece(const float* row, size_t p, size_t t) {
    T best = at<T>(row);
    for (size_t q = 1; q < p; ++q) best = higher(best, at<T>(row + q * t));
    return best;
}

// out (t) = layer_norm(y (t)) * gain + shift (+ residual); out may be y or the residual.
static inline void normalize(const float* y, size_t t, const float* gain, const float* shift, const float* residual,
                             float* out) {
    const size_t whole = t / kLanes * kLanes;
    V sums = {};
    for (size_t j = 0; j < whole; j += kLanes) sums += load(y + j);
    float sum = lane_sum(sums);
    for (size_t j = whole; j < t; ++j) sum += y[j];
    const float mean = sum / static_cast<float>(t);
    V squares = {};
    for (size_t j = 0; j < whole; j += kLanes) {
        const V centred = load(y + j) - mean;
        squares += centred * centred;
    }
    float square = lane_sum(squares);
    for (size_t j = whole; j < t; ++j) square += (y[j] - mean) * (y[j] - mean);
    const float scale = 1.0f / __builtin_sqrtf(square / static_cast<float>(t) + 1e-5f);
    for (size_t j = 0; j < whole; j += kLanes) {
        V v = ((load(y + j) - mean) * scale) * load(gain + j) + load(shift + j);
        if (residual) v += load(residual + j);
        store(out + j, v);
    }
    for (size_t j = whole; j < t; ++j) {
        float v = ((y[j] - mean) * scale) * gain[j] + shift[j];
        if (residual) v += residual[j];
        out[j] = v;
    }
}

static void maxout_norm__npt(const float* y, size_t ldy, size_t n, size_t p, size_t t, const float* gain,
                             const float* shift, const float* residual, size_t ldr, float* out, size_t ldo) {
    const size_t whole = t / kLanes * kLanes;
    for (size_t i = 0; i < n; ++i, y += ldy, out += ldo) {
        for (size_t j = 0; j < whole; j += kLanes) put(out + j, highest_piece<V>(y + j, p, t));
        for (size_t j = whole; j < t; ++j) put(out + j, highest_piece<float>(y + j, p, t));
        normalize(out, t, gain, shift, residual ? residual + i * ldr : nullptr, out);
    }
}

static void norm_add__nt(const float* y, size_t ldy, size_t n, size_t t, const float* gain, const float* shift,
                         float* rows) {
    for (size_t i = 0; i < n; ++i, y += ldy, rows += t) normalize(y, t, gain, shift, rows, rows);
}

// Each lane keeps its highest score and where it stood first; then the lanes are compared, without branches, since
// nobody can predict them.
static int32_t best_column(const float* row, size_t m) {
    const size_t whole = m / kLanes * kLanes;
    V best = V{} - __builtin_inff();
    VInt at = {}, position = {};
    for (size_t i = 0; i < kLanes; ++i) at[i] = position[i] = static_cast<int32_t>(i);
    for (size_t j = 0; j < whole; j += kLanes, position += static_cast<int32_t>(kLanes)) {
        const V v = load(row + j);
        const VInt better = v > best;
        best = better ? v : best;
        at = better ? position : at;
    }
    float top = -__builtin_inff();
    int32_t column = 0;
    if (whole) {
        top = highest_lane(best);
        column = lowest_lane(best == top ? at : VInt{} + INT32_MAX);
    }
    for (size_t j = whole; j < m; ++j) {
        if (row[j] > top) {
            top = row[j];
            column = static_cast<int32_t>(j);
        }
    }
    return column;
}

static void best__m(float* row, size_t m, size_t n_best, int32_t* best) {
    for (size_t i = 0; i < n_best; ++i) {
        best[i] = best_column(row, m);
        if (n_best > 1) row[best[i]] = -__builtin_inff();
    }
}

template <class T>
static inline T sum_of_six(const float* const* terms, size_t j) {
    return ((at<T>(terms[0] + j) + at<T>(terms[1] + j)) + (at<T>(terms[2] + j) + at<T>(terms[3] + j))) +
           (at<T>(terms[4] + j) + at<T>(terms[5] + j));
}

template <class T>
static inline T highest_sum(const float* const* terms, size_t p, size_t t, size_t j) {
    T best = sum_of_six<T>(terms, j);
    for (size_t q = 1; q < p; ++q) best = higher(best, sum_of_six<T>(terms, q * t + j));
    return best;
}

static void sum6_norm__pt(const float* const* terms, size_t p, size_t t, const float* gain, const float* shift,
                          const float* a, const float* b, float* y, float* out) {
    const size_t whole = t / kLanes * kLanes;
    for (size_t j = 0; j < whole; j += kLanes) {
        put(y + j, highest_sum<V>(terms, p, t, j));
        put(out + j, load(a + j) + load(b + j));
    }
    for (size_t j = whole; j < t; ++j) {
        put(y + j, highest_sum<float>(terms, p, t, j));
        put(out + j, a[j] + b[j]);
    }
    normalize(y, t, gain, shift, out, out);
}

// Ten chains hide the latency of two multiply-adds a cycle. What they start from is not known to the compiler, and each
// step needs the one before, so nothing can be left out.
static size_t fma_loop(size_t n, float* sink) {
    const V x = V{} + sink[10], w = V{} + sink[11];
    V a0 = x + sink[0], a1 = x + sink[1], a2 = x + sink[2], a3 = x + sink[3], a4 = x + sink[4];
    V a5 = x + sink[5], a6 = x + sink[6], a7 = x + sink[7], a8 = x + sink[8], a9 = x + sink[9];
    size_t done = 0;
    for (; done < n; done += 10 * kLanes) {
        a0 = a0 * x + w, a1 = a1 * x + w, a2 = a2 * x + w, a3 = a3 * x + w, a4 = a4 * x + w;
        a5 = a5 * x + w, a6 = a6 * x + w, a7 = a7 * x + w, a8 = a8 * x + w, a9 = a9 * x + w;
    }
    store(sink, (((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7))) + (a8 + a9));
    return done;
}
