/****************************************************************************
 * mm/iob/iob_alloc_dynamic.c
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

/* Buffers that are not the pool's.
 *
 * The io_free of such a buffer is called with the address of the buffer
 * itself, and frees whatever there is to free:
 *
 * - iob_alloc_dynamic(): one block of the heap, descriptor and data
 * - iob_alloc_with_data(): a block for the descriptor and the callback,
 *   which is told of the data
 * - iob_init_with_data(): nothing.  The descriptor lies at the beginning of
 *   the memory that was given, so that the callback can be io_free itself.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <nuttx/kmalloc.h>

#include "iob.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* From the start of a descriptor to aligned data behind it */

#define IOB_HEADSIZE  ROUNDUP(sizeof(struct iob_s), CONFIG_IOB_ALIGNMENT)

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct iob_outside_s
{
  struct iob_s iob;
  FAR void *data;
  iob_free_cb_t free_cb;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_free_dynamic, iob_free_outside and iob_free_nothing
 *
 * Description:
 *   The io_free of buffers that are not the pool's.
 *
 ****************************************************************************/

static void iob_free_dynamic(FAR void *iob)
{
  kmm_free(iob);
}

static void iob_free_outside(FAR void *iob)
{
  FAR struct iob_outside_s *outside = iob;

  if (outside->free_cb != NULL)
    {
      outside->free_cb(outside->data);
    }

  kmm_free(outside);
}

static void iob_free_nothing(FAR void *iob)
{
  UNUSED(iob);
}

/****************************************************************************
 * Name: iob_setup
 *
 * Description:
 *   Fill in the descriptor of an empty buffer.
 *
 ****************************************************************************/

static void iob_setup(FAR struct iob_s *iob, FAR void *data, uint16_t size,
                      iob_free_cb_t io_free)
{
  iob->io_flink   = NULL;
  iob->io_len     = 0;
  iob->io_offset  = 0;
  iob->io_bufsize = size;
  iob->io_pktlen  = 0;
  iob->io_free    = io_free;
  iob->io_data    = data;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_alloc_dynamic
 *
 * Description:
 *   Allocate one I/O buffer with "size" contiguous bytes from the heap.
 *
 * Input Parameters:
 *   size - Bytes of data the buffer must hold
 *
 * Returned Value:
 *   An empty I/O buffer whose data is aligned to CONFIG_IOB_ALIGNMENT, or
 *   NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_dynamic(uint16_t size)
{
  FAR struct iob_s *iob;

  iob = kmm_memalign(MAX(CONFIG_IOB_ALIGNMENT, sizeof(FAR void *)),
                     IOB_HEADSIZE + size);
  if (iob != NULL)
    {
      iob_setup(iob, (FAR uint8_t *)iob + IOB_HEADSIZE, size,
                iob_free_dynamic);
    }

  return iob;
}

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
  FAR struct iob_outside_s *outside;

  if (data == NULL)
    {
      return NULL;
    }

  outside = kmm_malloc(sizeof(struct iob_outside_s));
  if (outside == NULL)
    {
      return NULL;
    }

  outside->data    = data;
  outside->free_cb = free_cb;
  iob_setup(&outside->iob, data, size, iob_free_outside);
  return &outside->iob;
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
 *   The I/O buffer, its data aligned to CONFIG_IOB_ALIGNMENT; NULL if
 *   "size" is too small or "data" is misaligned.
 *
 ****************************************************************************/

FAR struct iob_s *iob_init_with_data(FAR void *data, uint16_t size,
                                     iob_free_cb_t free_cb)
{
  uintptr_t start = (uintptr_t)data;
  uintptr_t skip;

  skip = ROUNDUP(start + sizeof(struct iob_s), CONFIG_IOB_ALIGNMENT) - start;

  if (start == 0 || start % sizeof(FAR void *) != 0 || skip >= size)
    {
      return NULL;
    }

  iob_setup(data, (FAR uint8_t *)data + skip, size - skip,
            free_cb != NULL ? free_cb : iob_free_nothing);
  return data;
}
