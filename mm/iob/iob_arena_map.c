/****************************************************************************
 * mm/iob/iob_arena_map.c
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

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* The drawing, and where in it to stop */

struct iob_map_s
{
  FAR char *buf;
  size_t limit;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_map_draw
 *
 * Description:
 *   Draw an extent: one character for its first granule, another for the
 *   rest.
 *
 ****************************************************************************/

static void iob_map_draw(FAR struct iob_map_s *map, FAR const uint8_t *base,
                         unsigned int n, char first, char rest)
{
  size_t start = (base - g_iob_arena) / IOB_GRANULE;
  size_t i;

  for (i = start; i < start + n && i < map->limit; i++)
    {
      map->buf[i] = i == start ? first : rest;
    }
}

/****************************************************************************
 * Name: iob_map_descriptor
 *
 * Description:
 *   Draw the extent that a descriptor stands for, if any.
 *
 ****************************************************************************/

static void iob_map_descriptor(FAR struct iob_map_s *map,
                               FAR struct iob_s *iob)
{
  static const char first[] = "RTCG";
  static const char rest[] = "rtcg";
  unsigned int cls = iob->io_flags & IOB_F_CLASS;

  if ((iob->io_flags & IOB_F_EXT) != 0)
    {
      FAR struct iob_ext_s *ext = (FAR struct iob_ext_s *)iob;

      if ((ext->ex_flags & IOB_F_OUTSIDE) == 0)
        {
          bool shared = atomic_read(&ext->ex_ref) > 1;

          iob_map_draw(map, ext->ex_base,
                       (ext->ex_size + ext->ex_slack) / IOB_GRANULE,
                       shared ? 'S' : first[cls], shared ? 's' : rest[cls]);
        }
    }
  else if ((iob->io_flags & IOB_F_LIVE) != 0)
    {
      if (iob->io_ext == NULL && (iob->io_flags & IOB_F_STANDING) == 0)
        {
          iob_map_draw(map, iob->io_data, iob_units_of(iob), first[cls],
                       rest[cls]);
        }
    }
  else if ((iob->io_flags & IOB_F_CACHED) != 0)
    {
      iob_map_draw(map, iob->io_data, iob_cached_units(iob), '-', '-');
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_arena_map
 *
 * Description:
 *   Draw the arena as one character a granule: '.' free, '-' cached, and
 *   for each extent its class (r t c g), capital at its first granule; 'S'
 *   and 's' for shared extents and 'M' 'm' for standing ones.
 *
 * Input Parameters:
 *   buf  - Where it goes; always ends in a NUL if size > 0
 *   size - Its size
 *
 * Returned Value:
 *   The number of granules in the arena.
 *
 ****************************************************************************/

int iob_arena_map(FAR char *buf, size_t size)
{
  struct iob_map_s map;
  irqstate_t flags;
  unsigned int i;

  map.buf   = buf;
  map.limit = size > 0 ? MIN(size - 1, IOB_NUNITS) : 0;

  if (size > 0)
    {
      memset(buf, '.', map.limit);
      buf[map.limit] = '\0';
    }

  flags = iob_lock();

#if CONFIG_IOB_NMINIMUM > 0
  for (i = 0; i < 2 * CONFIG_IOB_NMINIMUM; i++)
    {
      iob_map_draw(&map, g_iob.standing[i & 1][i / 2].base, IOB_MINUNITS,
                   'M', 'm');
    }
#endif

  for (i = 0; i < IOB_NVIEWS; i++)
    {
      iob_map_descriptor(&map, &g_iob_views[i]);
    }

  iob_unlock(flags);
  return IOB_NUNITS;
}
