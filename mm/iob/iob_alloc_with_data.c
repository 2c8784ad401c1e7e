/****************************************************************************
 * mm/iob/iob_alloc_with_data.c
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

/* Data that lies outside of the arena.
 *
 * Such data has a common part from the start: it holds the count that says
 * when the last view has gone, and the callback to be told then.  With
 * iob_init_with_data() the descriptor and the common part lie in front of
 * the data, in the same memory, which is therefore also held by that
 * descriptor, whatever it views meanwhile:
 *
 *   data -> [ struct iob_s | struct iob_ext_s | pad | the data ........ ]
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_outside
 *
 * Description:
 *   Set up a view and a common part for outside data.
 *
 ****************************************************************************/

static void iob_outside(FAR struct iob_s *iob, FAR struct iob_ext_s *ext,
                        FAR uint8_t *data, unsigned int size,
                        iob_free_cb_t free_cb, uint8_t flags,
                        FAR const void *site)
{
  UNUSED(site);

  ext->ex_defer   = NULL;
  ext->ex_embed   = 0;
  ext->ex_size    = size;
  ext->ex_flags   = IOB_F_EXT | IOB_F_OUTSIDE | flags;
  ext->ex_slack   = 0;
  ext->ex_base    = data;
  ext->ex_free    = free_cb;
  atomic_set_release(&ext->ex_ref, 1);

  iob->io_flink   = NULL;
  iob->io_len     = 0;
  iob->io_offset  = 0;
  iob->io_bufsize = size;
  iob->io_slack   = 0;
  iob->io_pktlen  = 0;
  iob->io_data    = data;
  iob->io_ext     = ext;
#ifdef CONFIG_IOB_DEBUG
  iob->io_site     = site;
  iob->io_lastsite = NULL;
  iob->io_sumlen   = 0;
  ext->ex_site     = site;
#endif
}

/****************************************************************************
 * Name: iob_alloc_outside
 *
 * Description:
 *   Make a view on outside data from two descriptors of the pool.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_alloc_outside(FAR void *data, uint16_t size,
                                           iob_free_cb_t free_cb,
                                           uint8_t extflags,
                                           FAR const void *site)
{
  FAR struct iob_s *iob;
  FAR struct iob_s *ext = NULL;
  irqstate_t flags;

  flags = iob_lock();
  iob   = iob_take_view(IOB_CLASS_TX);
  if (iob != NULL)
    {
      ext = iob_take_view(IOB_CLASS_TX);
      if (ext == NULL)
        {
          iob_put_view(iob);
        }
    }

  iob_unlock(flags);

  if (ext == NULL)
    {
      return NULL;
    }

  iob_outside(iob, (FAR struct iob_ext_s *)ext, data, size, free_cb,
              extflags | IOB_CLASS_TX, site);
  return iob;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_alloc_with_data
 *
 * Description:
 *   Allocate an I/O buffer for data that lies outside: a DMA buffer of a
 *   driver, for example.
 *
 * Input Parameters:
 *   data    - The memory.  It stays with the caller until free_cb runs.
 *   size    - Its size in bytes
 *   free_cb - Told when the memory is no longer used
 *
 * Returned Value:
 *   An empty I/O buffer on the memory, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_with_data(FAR void *data, uint16_t size,
                                      iob_free_cb_t free_cb)
{
  DEBUGASSERT(data != NULL && free_cb != NULL);

  return iob_alloc_outside(data, size, free_cb, 0, IOB_SITE);
}

/****************************************************************************
 * Name: iob_alloc_rodata
 *
 * Description:
 *   iob_alloc_with_data() for constant data.
 *
 * Input Parameters:
 *   data    - The constant bytes
 *   size    - How many
 *   free_cb - Told when the last view has gone; may be NULL
 *
 * Returned Value:
 *   An iob full of the data, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_rodata(FAR const void *data, uint16_t size,
                                   iob_free_cb_t free_cb)
{
  FAR struct iob_s *iob;

  DEBUGASSERT(data != NULL);

  /* A writer must be able to copy it */

  if (size > IOB_MAXEXTENT - IOB_REDZONE)
    {
      return NULL;
    }

  iob = iob_alloc_outside((FAR void *)(uintptr_t)data, size, free_cb,
                          IOB_F_RDONLY, IOB_SITE);
  if (iob != NULL)
    {
      iob->io_len    = size;
      iob->io_pktlen = size;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_init_with_data
 *
 * Description:
 *   Make an I/O buffer inside memory that lies outside: its descriptor
 *   takes the first bytes, the rest is for the data.
 *
 * Input Parameters:
 *   data    - The memory, aligned as a pointer.  It stays with the caller
 *             until free_cb runs.
 *   size    - Its size in bytes, descriptor included
 *   free_cb - Told when the memory is no longer used
 *
 * Returned Value:
 *   The I/O buffer, or NULL if "size" is too small or "data" is misaligned.
 *
 ****************************************************************************/

FAR struct iob_s *iob_init_with_data(FAR void *data, uint16_t size,
                                     iob_free_cb_t free_cb)
{
  FAR struct iob_s *iob = data;
  FAR uint8_t *payload;
  uintptr_t skip;

  DEBUGASSERT(free_cb != NULL);

  if (data == NULL || ((uintptr_t)data & (sizeof(FAR void *) - 1)) != 0 ||
      size <= 2 * sizeof(struct iob_s))
    {
      return NULL;
    }

  payload  = (FAR uint8_t *)(iob + 2);
  payload += -(uintptr_t)payload & (CONFIG_IOB_ALIGNMENT - 1);
  skip     = payload - (FAR uint8_t *)data;

  if (skip >= size)
    {
      return NULL;
    }

  iob_outside(iob, iob_embedded(iob), payload, size - skip, free_cb,
              IOB_F_EMBED, IOB_SITE);
  iob->io_flags = IOB_F_LIVE | IOB_F_EMBED | IOB_CLASS_TX;
  return iob;
}
