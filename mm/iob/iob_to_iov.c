/****************************************************************************
 * mm/iob/iob_to_iov.c
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
 * Name: iob_to_iov
 *
 * Description:
 *   Describe a packet as a scatter-gather list.  Empty buffers are left out.
 *
 * Input Parameters:
 *   iob - The chain
 *   iov - The list
 *   n   - Its entries
 *
 * Returned Value:
 *   The entries used; -EMSGSIZE if they are too few (nothing is cut).
 *
 ****************************************************************************/

int iob_to_iov(FAR const struct iob_s *iob, FAR struct iob_iov_s *iov, int n)
{
  int used = 0;

  for (; iob != NULL; iob = iob->io_flink)
    {
      if (iob->io_len == 0)
        {
          continue;
        }

      if (used >= n)
        {
          return -EMSGSIZE;
        }

      iov[used].iov_base = IOB_DATA(iob);
      iov[used].iov_len  = iob->io_len;
      used++;
    }

  return used;
}
