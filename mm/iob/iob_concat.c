/****************************************************************************
 * mm/iob/iob_concat.c
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
 * Name: iob_concat
 *
 * Description:
 *   Append one chain to another.
 *
 * Input Parameters:
 *   iob1 - The chain that grows
 *   iob2 - The chain that is appended
 *
 ****************************************************************************/

void iob_concat(FAR struct iob_s *iob1, FAR struct iob_s *iob2)
{
  DEBUGASSERT(iob1 != NULL && iob2 != NULL && iob1 != iob2);

  iob1->io_pktlen += iob2->io_pktlen;
  iob2->io_pktlen  = 0;

  while (iob1->io_flink != NULL)
    {
      iob1 = iob1->io_flink;
    }

  iob1->io_flink = iob2;
}
