/* net/addr.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of either family, and the keyed hash.
 *
 * An IPv4 address is kept as IPv6 maps it (RFC 4291 2.5.5.2): ten bytes of
 * zero, two of ones, then the address.
 *
 * There are two keyed hashes, so that a stranger can not make one chain of a
 * table long.  net_hash() is SipHash-2-4 of Aumasson and Bernstein: its key
 * stays secret even from who sees the results, in sequence numbers, cookies
 * and the like (RFC 6528).  It costs 200 instructions and more.  Those of
 * net_mix() only choose a place in a table, which nobody is told, and a
 * segment may be looked up more than once: it is a sum of products of each
 * word with a secret one, of whose 64 bits the upper half is used.  That is
 * strongly universal (Dietzfelbinger 1996): whatever two keys somebody
 * chooses who does not know the secret, they collide with a probability of
 * 2^-32.  The sum is linear, so that ports in a row would be spread in equal
 * steps; the finish, a bijection, takes that away, for the tables with linear
 * probing.
 */

#include <nuttx/config.h>

#include <stdio.h>
#include <string.h>

#include "net.h"

const struct netaddr_s g_netaddr_any4 =
{
  {
    0, 0, NETADDR_MAPPED, 0
  }
};

const struct netaddr_s g_netaddr_none =
{
  {
    0, 0, 0, 0
  }
};

bool netaddr_isany(const struct netaddr_s *a)
{
  return a->w[3] == 0 && a->w[1] == 0 && a->w[0] == 0 &&
         (a->w[2] == 0 || a->w[2] == NETADDR_MAPPED);
}

bool netaddr_ismulticast(const struct netaddr_s *a)
{
  const uint8_t *b = (const uint8_t *)a->w;

  return netaddr_is4(a) ? (b[12] & 0xf0) == 0xe0 : b[0] == 0xff;
}

bool netaddr_isloopback(const struct netaddr_s *a)
{
  static const uint8_t loopback6[16] =
  {
    [15] = 1
  };

  const uint8_t *b = (const uint8_t *)a->w;

  return netaddr_is4(a) ? b[12] == 127 : memcmp(b, loopback6, 16) == 0;
}

/* RFC 5952: lower case, no leading zeros, "::" for the first of the longest
 * runs of two or more groups of zero.
 */

static void text6(const uint8_t *b, char *buf)
{
  unsigned int group[8];
  unsigned int from = 8;
  unsigned int best = 1;
  unsigned int i;
  unsigned int n;
  char *p = buf;

  for (i = 0; i < 8; i++)
    {
      group[i] = (unsigned int)b[2 * i] << 8 | b[2 * i + 1];
    }

  for (i = 0; i < 8; i++)
    {
      for (n = 0; i + n < 8 && group[i + n] == 0; n++)
        {
        }

      if (n > best)
        {
          best = n;
          from = i;
        }
    }

  for (i = 0; i < 8; i++)
    {
      if (i == from)
        {
          p += sprintf(p, "::");
          i += best - 1;
        }
      else
        {
          p += sprintf(p, "%s%x", i > 0 && i != from + best ? ":" : "",
                       group[i]);
        }
    }
}

const char *netaddr_text(const struct netaddr_s *a, char *buf)
{
  const uint8_t *b = (const uint8_t *)a->w;

  if (netaddr_is4(a))
    {
      snprintf(buf, NETADDR_STRLEN, "%u.%u.%u.%u", b[12], b[13], b[14],
               b[15]);
    }
  else
    {
      text6(b, buf);
    }

  return buf;
}

/* SipHash ******************************************************************/

static inline uint64_t rotate(uint64_t x, unsigned int n)
{
  return x << n | x >> (64 - n);
}

static inline void siphash_round(uint64_t v[4])
{
  v[0] += v[1];
  v[2] += v[3];
  v[1]  = rotate(v[1], 13) ^ v[0];
  v[3]  = rotate(v[3], 16) ^ v[2];
  v[0]  = rotate(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1]  = rotate(v[1], 17) ^ v[2];
  v[3]  = rotate(v[3], 21) ^ v[0];
  v[2]  = rotate(v[2], 32);
}

uint64_t net_hash(const void *data, size_t len)
{
  const uint8_t *p = data;
  uint64_t last = (uint64_t)len << 56;
  uint64_t word;
  uint64_t v[4];
  size_t n;
  int i;

  v[0] = g_net.secret[0] ^ 0x736f6d6570736575u;
  v[1] = g_net.secret[1] ^ 0x646f72616e646f6du;
  v[2] = g_net.secret[0] ^ 0x6c7967656e657261u;
  v[3] = g_net.secret[1] ^ 0x7465646279746573u;

  for (n = len; n >= 8; n -= 8, p += 8)
    {
      memcpy(&word, p, 8);
      v[3] ^= word;
      siphash_round(v);
      siphash_round(v);
      v[0] ^= word;
    }

  while (n > 0)
    {
      n--;
      last |= (uint64_t)p[n] << (8 * n);
    }

  v[3] ^= last;
  siphash_round(v);
  siphash_round(v);
  v[0] ^= last;
  v[2] ^= 0xff;

  for (i = 0; i < 4; i++)
    {
      siphash_round(v);
    }

  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The hash of tables *******************************************************/

static inline uint64_t mix_addr(const uint64_t *key,
                                const struct netaddr_s *a)
{
  return key[0] * a->w[0] + key[1] * a->w[1] + key[2] * a->w[2] +
         key[3] * a->w[3];
}

uint32_t net_mix(const struct netaddr_s *a, const struct netaddr_s *b,
                 uint32_t x, uint32_t y)
{
  const uint64_t *key = g_net.mix;
  uint64_t sum = key[0] + key[1] * x + key[2] * y + mix_addr(key + 3, a);
  uint32_t h;

  if (b != NULL)
    {
      sum += mix_addr(key + 7, b);
    }

  h  = (uint32_t)(sum >> 32);
  h ^= h >> 16;
  h *= 0x85ebca6b;
  h ^= h >> 13;
  h *= 0xc2b2ae35;
  return h ^ h >> 16;
}

void net_mix_initialize(void)
{
  uint32_t i;

  for (i = 0; i < NET_MIXKEYS; i++)
    {
      g_net.mix[i] = net_hash(&i, sizeof(i));
    }
}
