/****************************************************************************
 * mm/iob/iob_shrink.c
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
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_shrink
 *
 * Description:
 *   Give the granules behind the data back to the arena, now.
 *
 * Input Parameters:
 *   iob - The iob
 *
 * Returned Value:
 *   The bytes given back; -EBUSY if somebody else views the extent; -EINVAL
 *   if it does not lie in the arena, or is a standing extent.
 *
 ****************************************************************************/

int iob_shrink(FAR struct iob_s *iob)
{
  irqstate_t flags;
  unsigned int used;
  unsigned int keep;
  unsigned int n;

  if (!iob_inside(iob))
    {
      return -EINVAL;
    }

  iob_open(iob);
  if (iob->io_ext != NULL)
    {
      return -EBUSY;
    }

  if ((iob->io_flags & IOB_F_STANDING) != 0)
    {
      return -EINVAL;
    }

  used = (unsigned int)iob->io_offset + iob->io_len;
  keep = IOB_UNITS(MAX(used, 1));
  n    = iob_units_of(iob);

  if (keep >= n)
    {
      return 0;
    }

  iob_verify_guard(iob, IOB_SITE);

  flags = iob_lock();
  iob_put_extent(iob->io_data + keep * IOB_GRANULE, n - keep,
                 iob->io_flags);
  iob->io_bufsize = used;
  iob->io_slack   = keep * IOB_GRANULE - used;
  iob_guard(iob);
  iob_unlock_freed(flags);

  return (n - keep) * IOB_GRANULE;
}
