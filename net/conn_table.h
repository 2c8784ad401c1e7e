/* net/conn_table.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A hash table for endpoints and ports: open addressing with linear probing,
 * at most half full.  A slot holds the whole hash beside the pointer, so that
 * looking for a key touches one or two neighbouring slots and then exactly
 * one entry, the right one, however large the table is; an absent key costs
 * no entry at all.  A table grows and shrinks from the hashes in its slots,
 * without looking at an entry.  An entry costs 32 to 64 bytes of table (half
 * of that with 32-bit pointers); nothing is set aside for those that may
 * come.
 *
 * Entries are taken out by moving later ones of the same run forward, so that
 * no marks of deleted entries pile up.
 */

#ifndef __NET_CONN_TABLE_H
#define __NET_CONN_TABLE_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>

struct conn_slot_s
{
  void *entry;                       /* NULL: free */
  uint32_t hash;
};

struct conn_table_s
{
  struct conn_slot_s *slot;
  uint32_t mask;                     /* Slots - 1; slots are a power of two */
  uint32_t count;                    /* Entries */
  bool walked;                       /* conn_table_foreach() is at work */
};

/* Room for one entry more: 0, or -ENOMEM.  An addition that follows cannot
 * fail.
 */

int  conn_table_reserve(struct conn_table_s *table);

/* The caller knows that no entry with this key is there, and has reserved */

void conn_table_add(struct conn_table_s *table, uint32_t hash, void *entry);

/* The entry must be there.  Replacing keeps its place. */

void conn_table_del(struct conn_table_s *table, uint32_t hash, void *entry);
void conn_table_replace(struct conn_table_s *table, uint32_t hash,
                        const void *entry, void *by);

/* Call fn with each entry until it returns non-zero, which is returned.  fn
 * may take out the entry it is given, and no other, and add none.
 */

int  conn_table_foreach(struct conn_table_s *table,
                        int (*fn)(void *entry, void *arg), void *arg);

void conn_table_free(struct conn_table_s *table);

/* The entry with this key, or NULL.  match() is a constant at each place of
 * use and is compiled in; probes counts the slots looked at.
 */

static inline void *
conn_table_find(const struct conn_table_s *table, uint32_t hash,
                bool (*match)(const void *entry, const void *key),
                const void *key, uint64_t *probes)
{
  uint32_t i;

  if (table->count == 0)
    {
      return NULL;
    }

  for (i = hash & table->mask; ; i = (i + 1) & table->mask)
    {
      const struct conn_slot_s *slot = &table->slot[i];

      (*probes)++;
      if (slot->entry == NULL)
        {
          return NULL;
        }

      if (slot->hash == hash && match(slot->entry, key))
        {
          return slot->entry;
        }
    }
}

#endif /* __NET_CONN_TABLE_H */
