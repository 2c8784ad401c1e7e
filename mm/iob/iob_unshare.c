/****************************************************************************
 * mm/iob/iob_unshare.c
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
 * Name: iob_unshare
 *
 * Description:
 *   Make the data of this one iob writable: copy it to an extent of its own
 *   if somebody else views it.  Never waits.
 *
 * Input Parameters:
 *   iob - The iob; it stays the same, io_data may change
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

int iob_unshare(FAR struct iob_s *iob)
{
  FAR struct iob_s *with;
  irqstate_t flags;
  unsigned int size;

  if (iob_writable(iob))
    {
      iob_open(iob);
      return OK;
    }

  /* An empty one may have no room at all: it gets a whole buffer */

  size = iob->io_bufsize;
  if (iob->io_len == 0)
    {
      size = MAX(size, CONFIG_IOB_BUFSIZE);
    }

  with = iob_trytake(size, iob->io_flags & IOB_F_CLASS);
  if (with == NULL)
    {
      return -ENOMEM;
    }

  /* The head-room goes along: there may be a link header in it */

  memcpy(with->io_data, iob->io_data,
         (size_t)iob->io_offset + iob->io_len);
  with->io_offset = iob->io_offset;
  with->io_len    = iob->io_len;
  IOB_MARK(with);

  flags = iob_lock();
  g_iob.count.ncopy++;
  g_iob.count.bytes_copied += iob->io_len;
  iob_unlock(flags);

  iob_replace(iob, with, IOB_SITE);
  return OK;
}
