/* net/conn_table.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The hash table of endpoints and ports: see conn_table.h.
 *
 * An entry's home is the slot that its hash names; it lies there, or in the
 * run of occupied slots that follows (linear probing).  Half of the slots or
 * more are free, so that runs are short.  To change its size a table is built
 * anew from the hashes in the slots, which takes time in proportion to its
 * size, once for as many additions or removals; at 100,000 entries it is
 * about a millisecond.  Without memory for a larger table the old one is used
 * until it is 7/8 full: longer runs, but nobody is turned away.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>

#include <nuttx/kmalloc.h>

#include "conn_table.h"
#include "net.h"

#define TABLE_MIN 16                 /* Slots of the smallest table */

static void insert(struct conn_slot_s *slots, uint32_t mask, uint32_t hash,
                   void *entry)
{
  uint32_t i = hash & mask;

  while (slots[i].entry != NULL)
    {
      i = (i + 1) & mask;
    }

  slots[i].entry = entry;
  slots[i].hash  = hash;
}

static int resize(struct conn_table_s *table, uint32_t nslots)
{
  struct conn_slot_s *slots = kmm_calloc(nslots, sizeof(*slots));
  uint32_t i;

  if (slots == NULL)
    {
      g_net.stats.conn.tablememory++;
      return -ENOMEM;
    }

  for (i = 0; table->slot != NULL && i <= table->mask; i++)
    {
      if (table->slot[i].entry != NULL)
        {
          insert(slots, nslots - 1, table->slot[i].hash,
                 table->slot[i].entry);
        }
    }

  kmm_free(table->slot);
  table->slot = slots;
  table->mask = nslots - 1;
  return 0;
}

int conn_table_reserve(struct conn_table_s *table)
{
  uint32_t nslots = table->slot != NULL ? table->mask + 1 : 0;

  if (nslots == 0)
    {
      return resize(table, TABLE_MIN);
    }

  if (table->count + 1 > nslots / 2 && nslots <= UINT32_MAX / 4 &&
      resize(table, nslots * 2) < 0 && table->count + 1 > nslots / 8 * 7)
    {
      return -ENOMEM;
    }

  return 0;
}

void conn_table_add(struct conn_table_s *table, uint32_t hash, void *entry)
{
  DEBUGASSERT(entry != NULL && table->count < table->mask);
  insert(table->slot, table->mask, hash, entry);
  table->count++;
}

static uint32_t find(const struct conn_table_s *table, uint32_t hash,
                     const void *entry)
{
  uint32_t i = hash & table->mask;

  while (table->slot[i].entry != entry)
    {
      DEBUGASSERT(table->slot[i].entry != NULL);
      i = (i + 1) & table->mask;
    }

  return i;
}

/* Close the gap at i: the next entry of the run that may lie there (its home
 * is not behind the gap) moves, which makes a gap where it was.
 */

static void close_gap(struct conn_table_s *table, uint32_t i)
{
  struct conn_slot_s *slots = table->slot;
  uint32_t mask = table->mask;
  uint32_t j = i;

  for (; ; )
    {
      j = (j + 1) & mask;
      if (slots[j].entry == NULL)
        {
          break;
        }

      if (((j - slots[j].hash) & mask) >= ((j - i) & mask))
        {
          slots[i] = slots[j];
          i = j;
        }
    }

  slots[i].entry = NULL;
}

/* A table that is an eighth full is halved: there is no harm if there is no
 * memory for it.  The smallest stays: what was taken out of a table can
 * always be put back.  Not inside conn_table_foreach(), whose position would
 * be lost.
 */

static void shrink(struct conn_table_s *table)
{
  uint32_t nslots = table->mask + 1;

  if (nslots > TABLE_MIN && table->count < nslots / 8)
    {
      resize(table, nslots / 2);
    }
}

void conn_table_del(struct conn_table_s *table, uint32_t hash, void *entry)
{
  close_gap(table, find(table, hash, entry));
  table->count--;
  if (!table->walked)
    {
      shrink(table);
    }
}

void conn_table_replace(struct conn_table_s *table, uint32_t hash,
                        const void *entry, void *by)
{
  table->slot[find(table, hash, entry)].entry = by;
}

/* From the end of a run to its beginning, and so on backwards: what closes
 * the gap of an entry that is taken out has been visited already.
 */

int conn_table_foreach(struct conn_table_s *table,
                       int (*fn)(void *entry, void *arg), void *arg)
{
  bool outer = table->walked;
  uint32_t start = 0;
  uint32_t n;
  int ret = 0;

  if (table->count == 0)
    {
      return 0;
    }

  while (table->slot[start].entry != NULL)
    {
      start++;
    }

  table->walked = true;
  for (n = 1; n <= table->mask && ret == 0; n++)
    {
      void *entry = table->slot[(start - n) & table->mask].entry;

      if (entry != NULL)
        {
          ret = fn(entry, arg);
        }
    }

  table->walked = outer;
  if (!outer)
    {
      shrink(table);
    }

  return ret;
}

void conn_table_free(struct conn_table_s *table)
{
  kmm_free(table->slot);
  table->slot  = NULL;
  table->mask  = 0;
  table->count = 0;
}
