/* arch/sim/host/host_net_file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files of the host that devices write: captures.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host_net.h"

int host_net_create(const char *path)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

  return fd < 0 ? -errno : fd;
}

int host_net_write(int fd, const void *data, size_t len)
{
  const char *p = data;

  while (len > 0)
    {
      ssize_t n = write(fd, p, len);

      if (n < 0 && errno != EINTR)
        {
          return -errno;
        }

      if (n > 0)
        {
          p   += n;
          len -= (size_t)n;
        }
    }

  return 0;
}
