// Lemmas without Python: what `Lemmatizer.compute_lemma` gives. ASCII forms are computed here; the few others are left
// to the lemmatizer, and found in the cache when they come again.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "lexicon.hpp"
#include "nlpcore/kernels/bloom.hpp"

namespace nlpcore {

constexpr int kBestRules = 3;

// A rule as a list of its edit tree's nodes, the root first (pipeline/edit_trees.py).
struct LemmaRule {
    enum Casing { kLower, kSame, kTitle };
    struct Node {
        bool leaf = true;
        std::string old_text, new_text;             // a leaf: replace all of the one by the other
        int32_t n_before = 0, n_after = 0;          // else: characters before and after what is kept,
        int32_t before = 0, after = 0;              // and the nodes for them
    };
    int casing = kLower;
    std::vector<Node> nodes;

    // Appends what the rule makes of the form; false, with part of it appended perhaps, where it does not fit.
    bool apply(const char* form, size_t n, std::string* out) const { return apply_node(0, form, n, out); }

  private:
    bool apply_node(int32_t at, const char* form, size_t n, std::string* out) const {
        const Node& node = nodes[at];
        if (node.leaf) {
            if (n != node.old_text.size() || std::memcmp(form, node.old_text.data(), n) != 0) return false;
            out->append(node.new_text);
            return true;
        }
        const size_t n_before = node.n_before, n_after = node.n_after;
        if (n < n_before + n_after) return false;
        if (!apply_node(node.before, form, n_before, out)) return false;
        out->append(form + n_before, n - n_before - n_after);
        return apply_node(node.after, form + n - n_after, n_after, out);
    }
};

// All that a lemmatizer knows. Filled once, then read by all threads.
class LemmaTable {
  public:
    static constexpr size_t kLongestForm = 100;

    struct PartOfSpeech {
        std::string name;
        bool proper_noun = false;
    };
    std::vector<LemmaRule> rules;
    std::vector<PartOfSpeech> parts_of_speech;

    void reserve(size_t n_known) { known_.reserve(n_known); }
    // `key`: "form\tpart of speech".
    void set_known(const std::string& key, const std::string& lemma) { known_[key] = lemma; }

    // The lemma of an ASCII form; `best`: its rules, the best one first, -1 behind the last. Returns how many of them were
    // looked at, or -1 where only Python can say: for a title that begins with another letter than an ASCII one.
    int lemma(const char* form, size_t n, int part, const int16_t* best, std::string* out) const {
        const PartOfSpeech& pos = parts_of_speech[part];
        std::string lowered(form, n);
        for (char& c : lowered) c = ascii_lower(c);
        std::string key = pos.proper_noun ? std::string(form, n) : lowered;
        key += '\t';
        key += pos.name;
        const auto found = known_.find(key);
        if (found != known_.end()) {
            *out = found->second;
            return 0;
        }
        for (int i = 0; i < kBestRules && n <= kLongestForm; ++i) {
            if (best[i] < 0) break;
            const LemmaRule& rule = rules[best[i]];
            out->clear();
            if (rule.apply(rule.casing == LemmaRule::kSame ? form : lowered.data(), n, out) && !out->empty()) {
                char& first = (*out)[0];
                if (rule.casing != LemmaRule::kTitle) return i + 1;
                if (first >= 'a' && first <= 'z') first -= 32;
                return static_cast<unsigned char>(first) < 128 ? i + 1 : -1;
            }
        }
        out->assign(pos.proper_noun ? std::string(form, n) : lowered);
        return kBestRules;
    }

  private:
    std::unordered_map<std::string, std::string> known_;
};

// A form in its place: what decides on the lemma.
struct LemmaKey {
    static constexpr int16_t kAnyRule = -2;
    uint64_t orth, check;
    int16_t part, best[kBestRules];

    // The same, as far as the best rule alone decides: it nearly always does.
    LemmaKey by_best_rule() const {
        LemmaKey key = *this;
        key.best[1] = key.best[2] = kAnyRule;
        return key;
    }
    bool operator==(const LemmaKey& other) const {
        return orth == other.orth && check == other.check && part == other.part &&
               std::memcmp(best, other.best, sizeof best) == 0;
    }
    uint64_t hash() const {
        uint64_t where;
        std::memcpy(&where, &part, sizeof where);
        return fmix64(check ^ where * 0x9E3779B97F4A7C15ull);
    }
};

// One thread's memory of lemmas. It never changes an answer; lemmas that are longer than an entry are not kept.
class LemmaCache {
  public:
    struct Entry {
        LemmaKey key{0, 0, -1, {0, 0, 0}};
        uint64_t id = 0;
        uint8_t size = 0;
        char text[31];
    };
    LemmaCache() : entries_(kSlots) {}

    const Entry* find(const LemmaKey& key) const {
        const Entry& entry = entries_[key.hash() & (kSlots - 1)];
        return entry.id != 0 && entry.key == key ? &entry : nullptr;
    }
    void add(const LemmaKey& key, uint64_t id, const char* text, size_t n) {
        if (n > sizeof(Entry::text)) return;
        Entry& entry = entries_[key.hash() & (kSlots - 1)];
        entry.key = key;
        entry.id = id;
        entry.size = static_cast<uint8_t>(n);
        std::memcpy(entry.text, text, n);
    }

  private:
    static constexpr uint64_t kSlots = 1 << 14;
    Zeros<Entry> entries_;
};

}  // namespace nlpcore
