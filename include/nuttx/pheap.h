/* include/nuttx/pheap.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A queue of deadlines: a pairing heap whose links are in what it holds.  It
 * needs no memory and has no limit.  Adding is O(1); taking out any node,
 * the first or another, is O(log n), averaged over any sequence of calls.
 * Nodes with the same key come out in the order in which they were added.
 *
 * A heap of zeros is empty.  A node is in one heap or in none, which its
 * owner knows; its fields are the heap's while it is in one.
 */

#ifndef __INCLUDE_NUTTX_PHEAP_H
#define __INCLUDE_NUTTX_PHEAP_H

#include <nuttx/config.h>

#include <stdint.h>

#include <nuttx/compiler.h>

struct pheap_node_s
{
  FAR struct pheap_node_s *child;  /* The first of those that are later */
  FAR struct pheap_node_s *next;   /* Beside it, in its parent's list */
  FAR struct pheap_node_s *prev;   /* Likewise; of the first: its parent */
  uint64_t key;                    /* Set before adding */
  uint64_t seq;                    /* Which one was added first */
};

struct pheap_s
{
  FAR struct pheap_node_s *root;   /* The one with the lowest key */
  uint64_t seq;                    /* Of the next that is added */
  unsigned int count;
};

void pheap_add(FAR struct pheap_s *heap, FAR struct pheap_node_s *node);
void pheap_del(FAR struct pheap_s *heap, FAR struct pheap_node_s *node);

#endif /* __INCLUDE_NUTTX_PHEAP_H */
