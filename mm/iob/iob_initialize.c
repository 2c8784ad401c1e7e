/****************************************************************************
 * mm/iob/iob_initialize.c
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
 * Private Data
 ****************************************************************************/

/* The buffers.  Where io_data is a pointer, only what it points to lies in
 * the section.  Where it is an array, buffers are so far apart, and begin so,
 * that it is aligned.
 */

#ifdef CONFIG_IOB_ALLOC
static struct iob_s g_iob_buffer[CONFIG_IOB_NBUFFERS];
static uint8_t g_iob_data[CONFIG_IOB_NBUFFERS]
                         [ROUNDUP(CONFIG_IOB_BUFSIZE, CONFIG_IOB_ALIGNMENT)]
                         aligned_data(CONFIG_IOB_ALIGNMENT) IOB_LOCATE;
#else
#  define IOB_ALIGN  MAX(CONFIG_IOB_ALIGNMENT, sizeof(FAR void *))
#  define IOB_STRIDE ROUNDUP(sizeof(struct iob_s), IOB_ALIGN)

static uint8_t g_iob_buffer[CONFIG_IOB_NBUFFERS * IOB_STRIDE + IOB_ALIGN]
                           aligned_data(CONFIG_IOB_ALIGNMENT) IOB_LOCATE;
#endif

/****************************************************************************
 * Public Data
 ****************************************************************************/

struct iob_pool_s g_iob;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_buffer
 *
 * Description:
 *   The i-th buffer.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_buffer(unsigned int i)
{
#ifdef CONFIG_IOB_ALLOC
  return &g_iob_buffer[i];
#else
  uintptr_t data = ROUNDUP((uintptr_t)g_iob_buffer +
                           offsetof(struct iob_s, io_data), IOB_ALIGN);

  return (FAR struct iob_s *)(data + i * IOB_STRIDE -
                              offsetof(struct iob_s, io_data));
#endif
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_initialize
 *
 * Description:
 *   Set up the I/O buffers for normal operations.  May be called again when
 *   nobody uses any of them: everything then starts from nothing.
 *
 ****************************************************************************/

void iob_initialize(void)
{
  unsigned int i;

  memset(&g_iob, 0, sizeof(g_iob));
  spin_lock_init(&g_iob.lock);

  for (i = 0; i < IOB_NWAITLISTS; i++)
    {
      nxsem_init(&g_iob.waitlist[i].sem, 0, 0);
    }

  for (i = CONFIG_IOB_NBUFFERS; i-- > 0; )
    {
      FAR struct iob_s *iob = iob_buffer(i);

#ifdef CONFIG_IOB_ALLOC
      iob->io_free    = NULL;
      iob->io_data    = g_iob_data[i];
      iob->io_bufsize = CONFIG_IOB_BUFSIZE;
#endif

      iob->io_flink   = g_iob.freelist;
      g_iob.freelist  = iob;
      g_iob.nfree++;
    }

#if CONFIG_IOB_NCHAINS > 0
  iob_initialize_qentries();
#endif
}
