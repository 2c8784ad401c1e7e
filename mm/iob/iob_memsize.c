/****************************************************************************
 * mm/iob/iob_memsize.c
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
 * Name: iob_memsize
 *
 * Description:
 *   Return the bytes of memory that this one iob keeps from others: its
 *   whole extent, however small the part of it that it views.
 *
 * Input Parameters:
 *   iob - The iob
 *
 * Returned Value:
 *   Bytes, the descriptor not counted.
 *
 ****************************************************************************/

unsigned int iob_memsize(FAR const struct iob_s *iob)
{
  FAR const struct iob_ext_s *ext = iob->io_ext;

  /* The common part stays as long as this view does, and its bounds do not
   * change while others view the extent: no lock is needed.
   */

  return ext != NULL ? ext->ex_size + ext->ex_slack :
         iob->io_bufsize + iob->io_slack;
}
