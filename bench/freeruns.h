/* bench/freeruns.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The free runs of an arena, joined with their neighbours as they are freed,
 * on lists by size class.  Best fit, segregated fit and their relatives
 * differ only in the function from length to class and in which class they
 * look at first.  Boundary tags lie in arrays beside the arena.
 */

#ifndef BENCH_FREERUNS_H
#define BENCH_FREERUNS_H

#include <stdbool.h>
#include <stdint.h>

#define FREERUNS_NCLASSES 1024u

struct freeruns_s
{
  uint32_t n;                         /* Granules */
  uint32_t (*class_of)(uint32_t len); /* Monotonic, < FREERUNS_NCLASSES */
  uint32_t *len_at;                   /* Length of the run that starts here */
  uint32_t *len_to;                   /* Length of the run that ends here */
  int32_t *next;
  int32_t *prev;
  int32_t head[FREERUNS_NCLASSES];
  uint64_t used[FREERUNS_NCLASSES / 64];
};

bool freeruns_init(struct freeruns_s *runs, uint32_t n,
                   uint32_t (*class_of)(uint32_t len));
void freeruns_fini(struct freeruns_s *runs);

/* The first class >= from that has a run, or FREERUNS_NCLASSES. */

uint32_t freeruns_class(const struct freeruns_s *runs, uint32_t from);

/* Take [start, start+n) out of the free run that starts at `run`. */

void freeruns_carve(struct freeruns_s *runs, uint32_t run, uint32_t start,
                    uint32_t n);
void freeruns_give(struct freeruns_s *runs, uint32_t start, uint32_t n);

#endif /* BENCH_FREERUNS_H */
