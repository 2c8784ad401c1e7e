/****************************************************************************
 * mm/iob/iob_grow.c
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
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_grow_units
 *
 * Description:
 *   Take the granules behind an extent, if they are free and if its class
 *   may have them.
 *
 ****************************************************************************/

static bool iob_grow_units(FAR struct iob_s *iob, unsigned int n)
{
  enum iob_class_e cls = iob->io_flags & IOB_F_CLASS;
  unsigned int next;

  next = (iob->io_data - g_iob_arena) / IOB_GRANULE + iob_units_of(iob);

  if ((iob_budget_avail(&g_iob.units, cls) < n ||
       !iob_arena_claim(next, n)) &&
      (!iob_flush() || iob_budget_avail(&g_iob.units, cls) < n ||
       !iob_arena_claim(next, n)))
    {
      return false;
    }

  iob_budget_charge(&g_iob.units, cls, n);
  iob_note_used();
  return true;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_grow
 *
 * Description:
 *   Have at least "n" bytes of tail-room, by taking the granules behind the
 *   extent if they are free.  Nothing moves.
 *
 * Input Parameters:
 *   iob - The iob
 *   n   - Bytes of tail-room wanted
 *
 * Returned Value:
 *   Zero; -EBUSY if somebody else views the extent; -ENOMEM if the granules
 *   are taken or reserved; -EINVAL if it does not lie in the arena, is a
 *   standing extent, or would become too large.
 *
 ****************************************************************************/

int iob_grow(FAR struct iob_s *iob, unsigned int n)
{
  irqstate_t flags;
  unsigned int size;
  unsigned int more;
  bool grown = true;

  iob_open(iob);

  if (n <= (unsigned int)IOB_FREESPACE(iob))
    {
      return OK;
    }

  size = (unsigned int)iob->io_offset + iob->io_len;
  if (!iob_inside(iob) || (iob->io_flags & IOB_F_STANDING) != 0 ||
      n > IOB_MAXEXTENT - size || IOB_UNITS(size + n) > IOB_MAXUNITS)
    {
      return -EINVAL;
    }

  if (iob->io_ext != NULL)
    {
      return -EBUSY;
    }

  size += n;
  more  = IOB_UNITS(size) - MIN(IOB_UNITS(size), iob_units_of(iob));

  iob_verify_guard(iob, IOB_SITE);

  flags = iob_lock();
  if (more > 0)
    {
      grown = iob_grow_units(iob, more);
    }

  if (grown)
    {
      more           += iob_units_of(iob);
      iob->io_bufsize = size;
      iob->io_slack   = more * IOB_GRANULE - size;
      iob_guard(iob);
    }

  iob_unlock(flags);
  return grown ? OK : -ENOMEM;
}
