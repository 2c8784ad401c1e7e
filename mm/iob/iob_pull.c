/****************************************************************************
 * mm/iob/iob_pull.c
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
 * Name: iob_pull
 *
 * Description:
 *   Drop bytes at the front of the first iob.  They become head-room if
 *   nobody else views the extent.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *   n   - Bytes, at most io_len
 *
 * Returned Value:
 *   Zero, or -EINVAL if the first iob holds less.
 *
 ****************************************************************************/

int iob_pull(FAR struct iob_s *iob, unsigned int n)
{
  if (n > iob->io_len)
    {
      return -EINVAL;
    }

  if (n > 0)
    {
      iob_drophead(iob, n);
      iob->io_pktlen -= n;
    }

  return OK;
}
