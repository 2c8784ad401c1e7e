/* sched/pheap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A pairing heap, for the timers of the kernel and those of the network.
 *
 * A heap is a tree in which no node comes before its parent.  Each node has
 * a list of children; the links are in the nodes themselves.  Two heaps are
 * joined by making the later root a child of the earlier: that is how a node
 * is added.  When one is taken out, its children are joined in pairs, from
 * first to last, and the pairs to one, from last to first; this is what
 * keeps the cost at O(log n) per operation, averaged over any sequence of
 * them.
 *
 *                 [ 3 ]                 prev of the first child is the
 *                   | child             parent, of the others the sister
 *                 [ 7 ]--next--[ 5 ]--next--[ 9 ]
 *                                | child
 *                              [ 6 ]
 *
 * Equal keys come out in the order in which they were added: the number of
 * the addition is part of the key.
 */

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>

#include <nuttx/pheap.h>

static bool earlier(FAR const struct pheap_node_s *a,
                    FAR const struct pheap_node_s *b)
{
  return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* Join two heaps. */

static FAR struct pheap_node_s *join(FAR struct pheap_node_s *a,
                                     FAR struct pheap_node_s *b)
{
  if (earlier(b, a))
    {
      FAR struct pheap_node_s *swap = a;

      a = b;
      b = swap;
    }

  b->prev = a;
  b->next = a->child;
  if (b->next != NULL)
    {
      b->next->prev = b;
    }

  a->child = b;
  a->next  = NULL;
  return a;
}

/* Join the heaps of a list in pairs; the list of these is the other way
 * round.
 */

static FAR struct pheap_node_s *join_pairs(FAR struct pheap_node_s *list)
{
  FAR struct pheap_node_s *pairs = NULL;

  while (list != NULL)
    {
      FAR struct pheap_node_s *a = list;
      FAR struct pheap_node_s *b = a->next;

      list = b != NULL ? b->next : NULL;
      if (b != NULL)
        {
          a = join(a, b);
        }

      a->next = pairs;
      pairs   = a;
    }

  return pairs;
}

/* Join all heaps of a list; NULL for an empty one. */

static FAR struct pheap_node_s *join_all(FAR struct pheap_node_s *list)
{
  FAR struct pheap_node_s *heap = NULL;
  FAR struct pheap_node_s *next;

  for (list = join_pairs(list); list != NULL; list = next)
    {
      next = list->next;
      heap = heap != NULL ? join(heap, list) : list;
      heap->next = NULL;
    }

  if (heap != NULL)
    {
      heap->prev = NULL;
    }

  return heap;
}

void pheap_add(FAR struct pheap_s *heap, FAR struct pheap_node_s *node)
{
  node->child = NULL;
  node->next  = NULL;
  node->prev  = NULL;
  node->seq   = heap->seq++;
  heap->root  = heap->root != NULL ? join(heap->root, node) : node;
  heap->count++;
}

void pheap_del(FAR struct pheap_s *heap, FAR struct pheap_node_s *node)
{
  FAR struct pheap_node_s *rest = join_all(node->child);

  if (node == heap->root)
    {
      heap->root = rest;
    }
  else
    {
      if (node->prev->child == node)
        {
          node->prev->child = node->next;
        }
      else
        {
          node->prev->next = node->next;
        }

      if (node->next != NULL)
        {
          node->next->prev = node->prev;
        }

      if (rest != NULL)
        {
          heap->root = join(heap->root, rest);
        }
    }

  heap->count--;
}
