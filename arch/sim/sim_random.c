/* arch/sim/sim_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Seeded randomness: a counter, scrambled (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", 2014).  Not for secrets.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <stddef.h>

#include "up.h"

struct random_s
{
  uint64_t seed;
  struct sim_random_s common;
};

static struct random_s g_random;

static uint64_t scramble(uint64_t value)
{
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

uint64_t sim_random_next(FAR struct sim_random_s *stream)
{
  stream->state += UINT64_C(0x9e3779b97f4a7c15);
  return scramble(stream->state);
}

/* The name is hashed (FNV-1a), and together with the seed is where the
 * stream begins.
 */

void sim_random_stream(FAR struct sim_random_s *stream, FAR const char *name)
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);

  for (; *name != '\0'; name++)
    {
      hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    }

  stream->state = scramble(scramble(g_random.seed) ^ hash);
}

/* Multiplication spreads 32 random bits over the limit; more are needed only
 * for large ones.
 */

uint64_t sim_random_below(FAR struct sim_random_s *stream, uint64_t limit)
{
  DEBUGASSERT(limit > 0);

  if (limit <= UINT32_MAX)
    {
      return ((sim_random_next(stream) >> 32) * limit) >> 32;
    }

  return sim_random_next(stream) % limit;
}

uint64_t sim_random(void)
{
  return sim_random_next(&g_random.common);
}

uint64_t sim_seed(void)
{
  return g_random.seed;
}

void sim_random_initialize(uint64_t seed)
{
  g_random.seed = seed;
  sim_random_stream(&g_random.common, "");
}
