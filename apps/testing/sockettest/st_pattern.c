/****************************************************************************
 * apps/testing/sockettest/st_pattern.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* The payload.  Eight bytes of a stream at a time come from a mixing
 * function of the seed, the stream and where they are, so that bytes from
 * another place, another connection or another run are wrong bytes.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <endian.h>
#include <string.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define CRC32C_POLY UINT32_C(0x82f63b78)  /* Castagnoli, reflected */

/****************************************************************************
 * Private Data
 ****************************************************************************/

/* Of slicing by eight.  Whoever fills it in writes the same. */

static uint32_t g_crc[8][256];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: word_at
 *
 * Description:
 *   The eight bytes at an offset that is a multiple of eight, the first
 *   one in the lowest byte.
 *
 ****************************************************************************/

static inline uint64_t word_at(uint64_t key, uint64_t offset)
{
  uint64_t x = key + (offset >> 3) * UINT64_C(0x9e3779b97f4a7c15);

  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return htole64(x ^ (x >> 31));
}

/****************************************************************************
 * Name: key_of
 *
 * Description:
 *   What the words of a stream start from.
 *
 ****************************************************************************/

static uint64_t key_of(uint64_t seed, uint32_t stream)
{
  uint64_t state = seed ^ ((uint64_t)stream << 32 | stream);

  st_mix(&state, 1);
  return state * UINT64_C(0xd6e8feb86659fd93);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_pattern_init
 *
 * Description:
 *   Before anything else here.
 *
 ****************************************************************************/

void st_pattern_init(void)
{
  uint32_t crc;
  int i;
  int k;

  for (i = 0; i < 256; i++)
    {
      crc = i;
      for (k = 0; k < 8; k++)
        {
          crc = (crc >> 1) ^ (CRC32C_POLY & (0 - (crc & 1)));
        }

      g_crc[0][i] = crc;
    }

  for (i = 0; i < 256; i++)
    {
      for (k = 1; k < 8; k++)
        {
          crc = g_crc[k - 1][i];
          g_crc[k][i] = (crc >> 8) ^ g_crc[0][crc & 0xff];
        }
    }
}

/****************************************************************************
 * Name: st_pattern_fill
 *
 * Description:
 *   The payload of a stream from an offset on.
 *
 ****************************************************************************/

void st_pattern_fill(uint64_t seed, FAR void *buf, size_t len,
                     uint32_t stream, uint64_t offset)
{
  FAR uint8_t *to = buf;
  uint64_t key = key_of(seed, stream);
  uint64_t word;
  size_t skip;
  size_t n;

  while (len > 0)
    {
      word = word_at(key, offset);
      skip = offset & 7;
      n = len < 8 - skip ? len : 8 - skip;
      memcpy(to, (FAR uint8_t *)&word + skip, n);
      to += n;
      offset += n;
      len -= n;
    }
}

/****************************************************************************
 * Name: st_pattern_check
 *
 * Description:
 *   The index of the first byte that is not the payload's, or -1.
 *
 ****************************************************************************/

ssize_t st_pattern_check(uint64_t seed, FAR const void *buf, size_t len,
                         uint32_t stream, uint64_t offset)
{
  FAR const uint8_t *from = buf;
  uint64_t key = key_of(seed, stream);
  uint64_t word;
  size_t skip;
  size_t done;
  size_t n;
  size_t i;

  for (done = 0; done < len; done += n)
    {
      word = word_at(key, offset + done);
      skip = (offset + done) & 7;
      n = len - done < 8 - skip ? len - done : 8 - skip;
      if (memcmp(from + done, (FAR uint8_t *)&word + skip, n) != 0)
        {
          for (i = 0; from[done + i] == ((FAR uint8_t *)&word)[skip + i];
               i++)
            {
            }

          return done + i;
        }
    }

  return -1;
}

/****************************************************************************
 * Name: st_fill
 *
 * Description:
 *   The same with the seed of this run.
 *
 ****************************************************************************/

void st_fill(FAR void *buf, size_t len, uint32_t stream, uint64_t offset)
{
  st_pattern_fill(g_st.seed, buf, len, stream, offset);
}

/****************************************************************************
 * Name: st_check
 *
 * Description:
 *   The same with the seed of this run.
 *
 ****************************************************************************/

ssize_t st_check(FAR const void *buf, size_t len, uint32_t stream,
                 uint64_t offset)
{
  return st_pattern_check(g_st.seed, buf, len, stream, offset);
}

/****************************************************************************
 * Name: st_crc32c
 *
 * Description:
 *   CRC-32C (RFC 3720), eight bytes at a time.
 *
 ****************************************************************************/

uint32_t st_crc32c(uint32_t crc, FAR const void *buf, size_t len)
{
  FAR const uint8_t *p = buf;
  uint64_t word;

  crc = ~crc;
  for (; len >= 8; len -= 8, p += 8)
    {
      memcpy(&word, p, 8);
      word = le64toh(word) ^ crc;
      crc = g_crc[7][word & 0xff] ^ g_crc[6][word >> 8 & 0xff] ^
            g_crc[5][word >> 16 & 0xff] ^ g_crc[4][word >> 24 & 0xff] ^
            g_crc[3][word >> 32 & 0xff] ^ g_crc[2][word >> 40 & 0xff] ^
            g_crc[1][word >> 48 & 0xff] ^ g_crc[0][word >> 56];
    }

  for (; len > 0; len--, p++)
    {
      crc = (crc >> 8) ^ g_crc[0][(crc ^ *p) & 0xff];
    }

  return ~crc;
}

/****************************************************************************
 * Name: st_mix
 *
 * Description:
 *   The next number below n of a generator (splitmix64).
 *
 ****************************************************************************/

uint32_t st_mix(FAR uint64_t *state, uint32_t n)
{
  uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  x ^= x >> 31;
  return n > 1 ? (uint32_t)((x >> 32) * n >> 32) : 0;
}

/****************************************************************************
 * Name: st_random
 *
 * Description:
 *   A number below n from the seed of the run.
 *
 ****************************************************************************/

uint32_t st_random(uint32_t n)
{
  return st_mix(&g_st.random, n);
}
