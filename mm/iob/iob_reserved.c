/****************************************************************************
 * mm/iob/iob_reserved.c
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

/* The places of the reserves.
 *
 * Each class has a piece of the arena that nobody else can use.  It is used
 * only when the common memory has nothing: so it is there, in one piece,
 * when it is needed.  It is small, and searched from its start.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

/* Where each reserve starts and ends, in granules from the first */

static const uint32_t g_reserved[IOB_NCLASSES + 1] =
{
  0,
  IOB_RESERVE_RX,
  IOB_RESERVE_RX + IOB_RESERVE_TX,
  IOB_RESERVE_RX + IOB_RESERVE_TX + IOB_RESERVE_CTRL,
  IOB_RESERVEUNITS
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_reserved_flip
 *
 * Description:
 *   Mark n granules as taken, or as free again.
 *
 ****************************************************************************/

static void iob_reserved_flip(uint32_t start, unsigned int n, bool free)
{
  for (; n > 0; n--, start++)
    {
      uint32_t bit = (uint32_t)1 << (start % 32);

      DEBUGASSERT(((g_iob.reserved[start / 32] & bit) == 0) == free);
      g_iob.reserved[start / 32] ^= bit;
    }

  UNUSED(free);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_reserved_initialize
 *
 * Description:
 *   Set the reserves aside.
 *
 ****************************************************************************/

void iob_reserved_initialize(void)
{
  if (!iob_arena_claim(IOB_COMMONUNITS, IOB_RESERVEUNITS))
    {
      PANIC();
    }

  iob_reserved_flip(0, IOB_RESERVEUNITS, true);
}

/****************************************************************************
 * Name: iob_reserved_alloc
 *
 * Description:
 *   Take n contiguous granules of the reserve of a class.
 *
 * Returned Value:
 *   The first one, as a granule of the arena; -ENOMEM.
 *
 ****************************************************************************/

int iob_reserved_alloc(unsigned int n, enum iob_class_e cls)
{
  unsigned int run = 0;
  uint32_t i;

  if (n > iob_reserved_units(cls) - g_iob.reservedused[cls])
    {
      return -ENOMEM;
    }

  for (i = g_reserved[cls]; i < g_reserved[cls + 1]; i++)
    {
      run = (g_iob.reserved[i / 32] >> (i % 32) & 1) != 0 ? run + 1 : 0;
      if (run == n)
        {
          i -= n - 1;
          iob_reserved_flip(i, n, false);
          g_iob.reservedused[cls] += n;
          return IOB_COMMONUNITS + i;
        }
    }

  return -ENOMEM;
}

/****************************************************************************
 * Name: iob_reserved_free
 *
 * Description:
 *   Give granules of a reserve back.
 *
 ****************************************************************************/

void iob_reserved_free(FAR uint8_t *base, unsigned int n)
{
  uint32_t start = (base - g_iob_arena) / IOB_GRANULE - IOB_COMMONUNITS;
  unsigned int cls = 0;

  while (start >= g_reserved[cls + 1])
    {
      cls++;
    }

  iob_reserved_flip(start, n, true);
  DEBUGASSERT(g_iob.reservedused[cls] >= n);
  g_iob.reservedused[cls] -= n;
}

/****************************************************************************
 * Name: iob_reserved_runs
 *
 * Description:
 *   How many extents of n granules the reserve of a class still has.
 *
 ****************************************************************************/

unsigned int iob_reserved_runs(unsigned int n, enum iob_class_e cls)
{
  unsigned int count = 0;
  unsigned int run = 0;
  uint32_t i;

  for (i = g_reserved[cls]; i < g_reserved[cls + 1]; i++)
    {
      run = (g_iob.reserved[i / 32] >> (i % 32) & 1) != 0 ? run + 1 : 0;
      if (run == n)
        {
          count++;
          run = 0;
        }
    }

  return count;
}

/****************************************************************************
 * Name: iob_reserved_units
 *
 * Description:
 *   The granules that are reserved for a class.
 *
 ****************************************************************************/

unsigned int iob_reserved_units(enum iob_class_e cls)
{
  return g_reserved[cls + 1] - g_reserved[cls];
}

/****************************************************************************
 * Name: iob_reserved_used
 *
 * Description:
 *   The granules of all the reserves that are in use.
 *
 ****************************************************************************/

unsigned int iob_reserved_used(void)
{
  return g_iob.reservedused[IOB_CLASS_RX] +
         g_iob.reservedused[IOB_CLASS_TX] +
         g_iob.reservedused[IOB_CLASS_CTRL] +
         g_iob.reservedused[IOB_CLASS_RING];
}
