// Where the annotation of a document goes: addresses of its columns, and how they lie in one piece of memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nlpcore {

// Which columns are written.
struct ColumnSet {
    bool tokens = false, norm = false;  // START, LENGTH, SPACY of a new document; NORM
    bool tag = false, morph = false, lemma = false, parse = false, entities = false;
};

// Each [tokens of the document] or null.
struct DocColumns {
    int64_t* start = nullptr;
    uint64_t *norm = nullptr, *tag = nullptr, *pos = nullptr, *morph = nullptr, *lemma = nullptr, *dep = nullptr,
             *ent_type = nullptr;
    int32_t *length = nullptr, *head = nullptr;
    uint8_t* spacy = nullptr;
    int8_t *sent_start = nullptr, *ent_iob = nullptr;

    // Lays the columns of a set out from `memory` on, widest values first, so that all are aligned. Returns the bytes that
    // they take, which does not depend on `memory`.
    size_t lay_out(const ColumnSet& set, size_t n, char* memory) {
        size_t used = 0;
        place(set.tokens, n, memory, &used, &start);
        place(set.norm, n, memory, &used, &norm);
        place(set.tag, n, memory, &used, &tag);
        place(set.morph, n, memory, &used, &pos);
        place(set.morph, n, memory, &used, &morph);
        place(set.lemma, n, memory, &used, &lemma);
        place(set.parse, n, memory, &used, &dep);
        place(set.entities, n, memory, &used, &ent_type);
        place(set.tokens, n, memory, &used, &length);
        place(set.parse, n, memory, &used, &head);
        place(set.tokens, n, memory, &used, &spacy);
        place(set.parse, n, memory, &used, &sent_start);
        place(set.entities, n, memory, &used, &ent_iob);
        return used;
    }

  private:
    template <class Value>
    static void place(bool wanted, size_t n, char* memory, size_t* used, Value** column) {
        if (!wanted) return;
        *column = reinterpret_cast<Value*>(memory + *used);
        *used += n * sizeof(Value);
    }
};

}  // namespace nlpcore
