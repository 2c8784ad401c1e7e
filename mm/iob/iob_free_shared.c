/****************************************************************************
 * mm/iob/iob_free_shared.c
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
 * Name: iob_release
 *
 * Description:
 *   Free one view, and its extent if it was the last.
 *
 ****************************************************************************/

static inline void iob_release(FAR struct iob_s *iob,
                               FAR const void *site)
{
  FAR struct iob_ext_s *ext = iob->io_ext;
  irqstate_t flags;

  UNUSED(site);

#ifdef CONFIG_IOB_DEBUG
  iob_verify_guard(iob, site);
  iob_sum_verify(iob, site);
  iob->io_lastsite = site;
#endif

  flags = iob_lock();

  if (ext == NULL)
    {
      iob_put(iob);
    }
  else
    {
      int32_t ref = atomic_read(&ext->ex_ref);

      if (ref <= 1 || ref >= IOB_REF_SATURATED || ext->ex_defer != NULL ||
          (iob->io_flags & (IOB_F_EMBED | IOB_F_SPARE)) != 0)
        {
          iob_release_last(iob, flags);
          return;
        }

      /* The commonest case: others view it still */

      atomic_set_release(&ext->ex_ref, ref - 1);
      if (!iob_cache_put(iob, 0, iob->io_flags & IOB_F_CLASS))
        {
          iob_put_view(iob);
        }
    }

  iob_unlock_freed(flags);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_free
 *
 * Description:
 *   Free the I/O buffer at the head of a chain: give up one view.  The data
 *   returns when the last view has gone.  May be called from an interrupt.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *
 * Returned Value:
 *   The rest of the chain, with io_pktlen set, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_free(FAR struct iob_s *iob)
{
  FAR struct iob_s *next;

  if (!iob_valid(iob, IOB_SITE))
    {
      return NULL;
    }

  next = iob->io_flink;
  if (next != NULL)
    {
      next->io_pktlen = iob->io_pktlen > iob->io_len ?
                        iob->io_pktlen - iob->io_len : 0;
    }

  iob_release(iob, IOB_SITE);
  return next;
}
