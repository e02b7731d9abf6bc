// A block of documents on its way through the engine: its tokens, its words, and what is found out about them.
//
// Words are the tokens that are no white space: the network sees them alone. A block holds several documents whole, or a
// long one, whose words pass through in windows. Nothing here touches a Python object; vectors keep their memory from
// block to block.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "lemmas.hpp"
#include "lexicon.hpp"
#include "nlpcore/tokenizer/splitter.hpp"
#include "nlpcore/tokens/column_layout.hpp"
#include "nlpcore/vocab/white_space.hpp"

namespace nlpcore {

struct BlockDoc {
    TextView text;
    DocColumns columns;
    float* tensor = nullptr;             // (tokens, T)
    int64_t first_token = 0, n_tokens = 0;  // of the block's new tokens
    int64_t first_word = 0, n_words = 0;    // of the block's words
    bool has_norms = false;
    bool unknown_spaces = false;
    const int8_t* preset = nullptr;      // SENT_START of a document that brings sentence starts along, or null
    // How far its words have been read.
    int64_t token = 0, position = 0, word_end = 0;

    bool all_words() const { return n_words == n_tokens; }
};

// What is known about a window of words, row by row.
struct Words {
    std::vector<LexemeIds> lexemes;
    std::vector<int64_t> start;
    std::vector<int32_t> length;
    std::vector<uint64_t> ids;  // (n, 4)
    std::vector<uint8_t> gaps;

    size_t size() const { return gaps.size(); }
    void keep_from(size_t row) {
        lexemes.erase(lexemes.begin(), lexemes.begin() + row);
        start.erase(start.begin(), start.begin() + row);
        length.erase(length.begin(), length.begin() + row);
        ids.erase(ids.begin(), ids.begin() + 4 * row);
        gaps.erase(gaps.begin(), gaps.begin() + row);
    }
};

// The rows [begin, end) of a window are words of one document, the first of them its word `word`.
struct Slice {
    int32_t doc;
    int64_t word;
    size_t begin, end;
};

struct OwnNorm {
    int64_t token;
    uint64_t id;
};

class Block {
  public:
    std::vector<BlockDoc> docs;
    // Tokens of the texts, one after another, until they have moved into columns.
    std::vector<int32_t> token_lengths;
    std::vector<uint8_t> token_spacy;
    std::vector<OwnNorm> norms;
    // Words of all documents.
    std::vector<int32_t> index;  // the word's token
    std::vector<float> vectors;
    std::vector<int32_t> heads, labels;
    std::vector<int8_t> starts, presets;
    // The window in hand.
    Words words;
    std::vector<Slice> slices;
    std::vector<int32_t> missing;  // rows whose ids, or lemmas, only Python can say
    std::vector<int32_t> classes;
    std::vector<int16_t> parts;  // number of the part of speech
    std::vector<float> window_vectors;
    std::vector<std::string> lemma_texts;  // by document: what Doc.packed_strings holds

    // For `n` documents, none of them there yet.
    void begin(size_t n) {
        docs.assign(n, BlockDoc());
        slices.clear();
        words.keep_from(words.size());
        for (std::string& text : lemma_texts) empty(&text);
        if (lemma_texts.size() < n) lemma_texts.resize(n);
        empty(&token_lengths);
        empty(&token_spacy);
        empty(&norms);
        empty(&index);
        empty(&heads);
        empty(&labels);
        empty(&starts);
        empty(&presets);
        empty(&missing);
    }

    // ---- tokens ----------------------------------------------------------------------------------------------------

    // `norm_ids`: by the tokenizer's numbers of norms.
    void tokenize(const tokenizer::Splitter& splitter, const tokenizer::SpecialCases& specials, const uint64_t* norm_ids) {
        for (BlockDoc& doc : docs) {
            if (doc.columns.length != nullptr) continue;  // has its tokens
            switch (doc.text.kind) {
                case 1: tokenize_doc(splitter, specials, norm_ids, static_cast<const uint8_t*>(doc.text.data), &doc); break;
                case 2: tokenize_doc(splitter, specials, norm_ids, static_cast<const uint16_t*>(doc.text.data), &doc); break;
                default: tokenize_doc(splitter, specials, norm_ids, static_cast<const uint32_t*>(doc.text.data), &doc);
            }
        }
    }

    // Into the columns that new documents have by now.
    void move_tokens() {
        size_t norm = 0;
        for (BlockDoc& doc : docs) {
            DocColumns& to = doc.columns;
            if (to.start == nullptr) continue;
            int64_t position = 0;
            std::copy_n(token_lengths.begin() + doc.first_token, doc.n_tokens, to.length);
            std::copy_n(token_spacy.begin() + doc.first_token, doc.n_tokens, to.spacy);
            for (int64_t i = 0; i < doc.n_tokens; ++i) {
                to.start[i] = position;
                position += to.length[i] + to.spacy[i];
            }
            if (!doc.has_norms) continue;
            std::fill_n(to.norm, doc.n_tokens, 0);
            for (; norm < norms.size() && norms[norm].token < doc.first_token + doc.n_tokens; ++norm) {
                to.norm[norms[norm].token - doc.first_token] = norms[norm].id;
            }
        }
        empty(&token_lengths);
        empty(&token_spacy);
    }

    // ---- words -----------------------------------------------------------------------------------------------------

    // Reads words of a document, as far as `most` of them, to the end of the window. Rows that the lexicon can not
    // compute are noted in `missing`.
    void read_words(int32_t number, int64_t most, const Lexicon& lexicon, bool native, LexemeCache* cache) {
        BlockDoc& doc = docs[number];
        const size_t begin = words.size();
        const int64_t first = doc.n_words;
        if (doc.token == 0) doc.first_word = static_cast<int64_t>(index.size());
        for (; doc.token < doc.n_tokens && doc.n_words - first < most; ++doc.token) {
            const int64_t start = doc.position, n = doc.columns.length[doc.token], end = start + n;
            doc.position = end + doc.columns.spacy[doc.token];
            if (is_white(doc.text.kind, doc.text.data, start, end)) continue;
            words.gaps.push_back(gap(doc, start));
            words.start.push_back(start);
            words.length.push_back(static_cast<int32_t>(n));
            index.push_back(static_cast<int32_t>(doc.token));
            ++doc.n_words;
            doc.word_end = end;
            words.lexemes.emplace_back();
            LexemeIds& lexeme = words.lexemes.back();
            bytes_.read(doc.text, start, n);
            lexicon.hash(bytes_.data, bytes_.size, &lexeme);
            if (const LexemeIds* known = native ? cache->find(lexeme) : nullptr) {
                lexeme = *known;
            } else if (native && is_ascii(bytes_.data, bytes_.size)) {
                lexicon.compute(bytes_.data, bytes_.size, &lexeme);
                cache->add(lexeme);
            } else {
                missing.push_back(static_cast<int32_t>(words.size() - 1));
            }
        }
        slices.push_back({number, first, begin, words.size()});
    }

    // Ids as the encoder takes them, with the norms that tokens have of their own.
    void fill_ids(size_t from) {
        words.ids.resize(4 * words.size());
        for (size_t row = from; row < words.size(); ++row) {
            std::memcpy(&words.ids[4 * row], words.lexemes[row].ids, sizeof words.lexemes[row].ids);
        }
        for (const Slice& slice : slices) {
            const BlockDoc& doc = docs[slice.doc];
            if (doc.columns.norm == nullptr) continue;
            for (size_t row = std::max(from, slice.begin); row < slice.end; ++row) {
                const uint64_t own = doc.columns.norm[word_token(doc, slice, row)];
                if (own != 0) words.ids[4 * row] = own;
            }
        }
    }

    int32_t word_token(const BlockDoc& doc, const Slice& slice, size_t row) const {
        return index[doc.first_word + slice.word + static_cast<int64_t>(row - slice.begin)];
    }

    // Sentence starts that documents bring along, for their words; one on white space moves to the next word. False where
    // no document has any.
    bool find_presets() {
        presets.assign(index.size(), 0);
        bool any = false;
        for (const BlockDoc& doc : docs) {
            if (doc.preset == nullptr) continue;
            any = true;
            int64_t token = 0;
            for (int64_t word = doc.first_word; word < doc.first_word + doc.n_words; ++word) {
                bool starts_here = false;
                for (; token < index[word]; ++token) starts_here = starts_here || doc.preset[token] == 1;
                presets[word] = starts_here ? 1 : doc.preset[token];
                ++token;
            }
        }
        return any;
    }

    // ---- annotation ------------------------------------------------------------------------------------------------

    // Of the rows of the window, whose classes are in `classes`; tables by class.
    void write_tags(const uint64_t* ids) { write_ids(&DocColumns::tag, ids); }

    // `part_numbers`: what the lemmatizer calls the classes' parts of speech.
    void write_morphs(const uint64_t* pos_ids, const uint64_t* morph_ids, const int16_t* part_numbers) {
        write_ids(&DocColumns::pos, pos_ids);
        write_ids(&DocColumns::morph, morph_ids);
        parts.resize(words.size());
        for (const Slice& slice : slices) {
            for (size_t row = slice.begin; row < slice.end; ++row) parts[row] = part_numbers[classes[row]];
        }
    }

    // Before the words' values come: what white space has.
    static void fill_white(const BlockDoc& doc, uint64_t* column, uint64_t value) {
        if (column != nullptr) std::fill_n(column, doc.n_tokens, value);
    }

    // ---- sentences, arcs, entities ---------------------------------------------------------------------------------

    // White space hangs on the word before it (after it, at the beginning) and belongs to its sentence. `heads` and
    // `starts`: of all words of the block; `table`: by label.
    void write_parse(const BlockDoc& doc, const uint64_t* table, uint64_t white_dep) {
        const DocColumns& to = doc.columns;
        const int32_t* words_of = index.data() + doc.first_word;
        int64_t word = -1;
        for (int64_t i = 0; i < doc.n_tokens; ++i) {
            if (word + 1 < doc.n_words && words_of[word + 1] == i) {
                ++word;
                const int64_t at = doc.first_word + word;
                to.head[i] = words_of[heads[at]];
                to.dep[i] = table[labels[at]];
                to.sent_start[i] = word > 0 ? starts[at] : -1;
            } else {
                to.head[i] = doc.n_words > 0 ? words_of[std::max<int64_t>(word, 0)] : 0;
                to.dep[i] = white_dep;
                to.sent_start[i] = -1;
            }
        }
        if (doc.n_tokens > 0) to.sent_start[0] = 1;
    }

    void clear_entities(const BlockDoc& doc) {
        std::fill_n(doc.columns.ent_iob, doc.n_tokens, int8_t{2});
        std::fill_n(doc.columns.ent_type, doc.n_tokens, uint64_t{0});
    }

    // Words [start, end) of the document; white space between them belongs to the entity.
    void write_entity(const BlockDoc& doc, int32_t start, int32_t end, uint64_t label) {
        const int32_t* words_of = index.data() + doc.first_word;
        for (int32_t i = words_of[start]; i <= words_of[end - 1]; ++i) {
            doc.columns.ent_iob[i] = 1;
            doc.columns.ent_type[i] = label;
        }
        doc.columns.ent_iob[words_of[start]] = 3;
    }

    // Rows of `vectors` (words of the block, T) to the documents' tensors; white space has zeros. A document whose
    // vectors lie in its own tensor is spread out there, from the last row back.
    void write_tensor(const BlockDoc& doc, const float* rows, size_t t) {
        if (rows == doc.tensor && doc.all_words()) return;
        const int32_t* words_of = index.data() + doc.first_word;
        int64_t word = doc.n_words;
        for (int64_t i = doc.n_tokens - 1; i >= 0; --i) {
            float* to = doc.tensor + i * static_cast<int64_t>(t);
            if (word > 0 && words_of[word - 1] == i) {
                --word;
                std::memmove(to, rows + word * static_cast<int64_t>(t), t * sizeof(float));
            } else {
                std::memset(to, 0, t * sizeof(float));
            }
        }
    }

    // ---- lemmas ----------------------------------------------------------------------------------------------------

    // Lemmas of the window's rows, by `classes` (n, n_best), the best rules, and `parts`. Rows that only Python can tell
    // go to `missing`.
    void write_lemmas(const LemmaTable& table, const Lexicon& lexicon, int n_best, LemmaCache* cache) {
        parts.resize(words.size(), 0);  // without a morphologizer there is one part of speech, none
        for (const Slice& slice : slices) {
            const BlockDoc& doc = docs[slice.doc];
            for (size_t row = slice.begin; row < slice.end; ++row) {
                const LemmaKey key = lemma_key(row, n_best);
                const LemmaCache::Entry* known = cache->find(key.by_best_rule());
                if (known == nullptr) known = cache->find(key);
                if (known != nullptr) {
                    set_lemma(slice, row, known->id, known->text, known->size);
                    continue;
                }
                bytes_.read(doc.text, words.start[row], words.length[row]);
                const int n_read = is_ascii(bytes_.data, bytes_.size)
                                       ? table.lemma(bytes_.data, bytes_.size, key.part, key.best, &lemma_)
                                       : -1;
                if (n_read < 0) {
                    missing.push_back(static_cast<int32_t>(row));
                    continue;
                }
                const uint64_t id = lexicon.id(lemma_.data(), lemma_.size());
                cache->add(n_read <= 1 ? key.by_best_rule() : key, id, lemma_.data(), lemma_.size());
                set_lemma(slice, row, id, lemma_.data(), lemma_.size());
            }
        }
    }

    LemmaKey lemma_key(size_t row, int n_best) const {
        LemmaKey key{words.lexemes[row].orth, words.lexemes[row].check, parts[row], {-1, -1, -1}};
        for (int k = 0; k < n_best; ++k) key.best[k] = static_cast<int16_t>(classes[row * n_best + k]);
        return key;
    }

    // A lemma that is the token's own text needs no place in the Doc's strings.
    void set_lemma(const Slice& slice, size_t row, uint64_t id, const char* text, size_t n) {
        docs[slice.doc].columns.lemma[word_token(docs[slice.doc], slice, row)] = id;
        if (id == words.lexemes[row].orth) return;
        const uint32_t size = static_cast<uint32_t>(n);
        std::string& packed = lemma_texts[slice.doc];
        packed.append(reinterpret_cast<const char*>(&size), sizeof size);
        packed.append(text, n);
    }

    // The lemma of white space is itself.
    void fill_white_lemmas(const BlockDoc& doc, const Lexicon& lexicon) {
        const int32_t* words_of = index.data() + doc.first_word;
        int64_t word = 0, position = 0;
        for (int64_t i = 0; i < doc.n_tokens; ++i) {
            const int64_t start = position, n = doc.columns.length[i];
            position += n + doc.columns.spacy[i];
            if (word < doc.n_words && words_of[word] == i) {
                ++word;
                continue;
            }
            bytes_.read(doc.text, start, n);
            doc.columns.lemma[i] = lexicon.id(bytes_.data, bytes_.size);
        }
    }

  private:
    void write_ids(uint64_t* DocColumns::*column, const uint64_t* table) {
        for (const Slice& slice : slices) {
            const BlockDoc& doc = docs[slice.doc];
            uint64_t* to = doc.columns.*column;
            for (size_t row = slice.begin; row < slice.end; ++row) to[word_token(doc, slice, row)] = table[classes[row]];
        }
    }

    static constexpr int64_t kSegment = 1 << 16;  // characters tokenized before their tokens are packed

    template <class Char>
    void tokenize_doc(const tokenizer::Splitter& splitter, const tokenizer::SpecialCases& specials,
                      const uint64_t* norm_ids, const Char* text, BlockDoc* doc) {
        const int64_t n = doc->text.n;
        doc->first_token = static_cast<int64_t>(token_lengths.size());
        tokens_.resize(0);
        for (int64_t at = 0; at < n;) {
            at = splitter.split_some(specials, text, n, at, std::min(n, at + kSegment), &tokens_);
            // A blank that comes next would still belong to the last token.
            pack_tokens(at < n ? tokens_.size() - 1 : tokens_.size(), norm_ids, doc);
        }
        doc->n_tokens = static_cast<int64_t>(token_lengths.size()) - doc->first_token;
    }

    void pack_tokens(size_t n, const uint64_t* norm_ids, BlockDoc* doc) {
        for (size_t i = 0; i < n; ++i) {
            if (tokens_.norms[i] < 0) continue;
            norms.push_back({static_cast<int64_t>(token_lengths.size() + i), norm_ids[tokens_.norms[i]]});
            doc->has_norms = true;
        }
        token_lengths.insert(token_lengths.end(), tokens_.lengths.begin(), tokens_.lengths.begin() + n);
        token_spacy.insert(token_spacy.end(), tokens_.spacy.begin(), tokens_.spacy.begin() + n);
        tokens_.erase_front(n);
    }

    uint8_t gap(const BlockDoc& doc, int64_t start) const {
        if (doc.n_words == 0) return 4;
        // A document made from words says nothing about the white space, unless it is a token of its own.
        if (doc.unknown_spaces && index.back() == doc.token - 1) return 0;
        return gap_before(doc.text.kind, doc.text.data, doc.word_end, start);
    }

    // Long texts must not leave their size behind.
    template <class Values>
    static void empty(Values* values) {
        values->clear();
        if (values->capacity() > (1 << 18)) values->shrink_to_fit();
    }

    tokenizer::Tokens tokens_;
    TokenBytes bytes_;
    std::string lemma_;
};

}  // namespace nlpcore
