/* libs/nxnet/nxnet.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the user calls: nodes, and the way to their instances (ops.h).
 *
 * The stack has one set of global variables, so a node needs a copy of the
 * library of its own.  The dynamic linker makes one for each file that it has
 * not seen before: the library's file is therefore copied into memory
 * (memfd_create()) and loaded from there, with its symbols kept to itself.
 * (dlmopen() would do the same, and also load another C library each time;
 * it ends at 16.)  In libnxnet.a there is the one instance that is linked.
 */

#define _GNU_SOURCE

#include "ops.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct nxnet_s
{
  const struct nxnet_ops_s *ops;
  void *handle;                      /* Of dlopen(); NULL: linked */
};

static char g_error[256];

static int failed(int error, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(g_error, sizeof(g_error), fmt, ap);
  va_end(ap);
  return error;
}

const char *nxnet_error(void)
{
  return g_error;
}

/* Finding an instance ******************************************************/

#ifdef NXNET_SHARED

static int copy_file(const char *path, int to)
{
  static const size_t piece = 1 << 20;
  int from = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  off_t done = 0;
  char *buf;
  int ret = 0;

  if (from < 0 || fstat(from, &st) < 0)
    {
      ret = failed(-ELIBACC, "cannot read %s: %s (nxnet_config_s.object "
                   "tells where the library is)", path, strerror(errno));
    }

  buf = ret < 0 ? NULL : malloc(piece);
  if (ret == 0 && buf == NULL)
    {
      ret = failed(-ENOMEM, "no memory to copy %s", path);
    }

  while (ret == 0 && done < st.st_size)
    {
      ssize_t n = pread(from, buf, piece, done);

      if (n <= 0 || pwrite(to, buf, (size_t)n, done) != n)
        {
          ret = failed(-ELIBACC, "cannot copy %s: %s", path,
                       n == 0 ? "it became shorter" : strerror(errno));
        }

      done += n;
    }

  free(buf);
  if (from >= 0)
    {
      close(from);
    }

  return ret;
}

/* A name of the descriptor that was never used before: the linker takes a
 * name that it knows for the file that it has loaded by it.  What makes the
 * difference are a number's bits, as "/." or "/" in the path.
 */

static void name_it(char *name, size_t size, int fd)
{
  static unsigned int number;
  unsigned int bits = ++number;
  size_t len = (size_t)snprintf(name, size, "/proc/self/fd");

  for (; bits != 0; bits >>= 1)
    {
      len += (size_t)snprintf(name + len, size - len,
                              (bits & 1) != 0 ? "/." : "/");
    }

  snprintf(name + len, size - len, "/%d", fd);
}

static int load(struct nxnet_s *node, const char *path)
{
  const struct nxnet_ops_s *(*instance)(void);
  char name[128];
  Dl_info info;
  void *symbol;
  int ret;
  int fd;

  if (path == NULL)
    {
      if (dladdr((void *)(uintptr_t)nxnet_instance, &info) == 0)
        {
          return failed(-ELIBACC, "where this library is cannot be told");
        }

      path = info.dli_fname;
    }

  fd = memfd_create("libnxnet", MFD_CLOEXEC);
  if (fd < 0)
    {
      return failed(-ENOMEM, "no memory for a copy of the library: %s",
                    strerror(errno));
    }

  ret = copy_file(path, fd);
  if (ret == 0)
    {
      name_it(name, sizeof(name), fd);
      node->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (node->handle == NULL)
        {
          ret = failed(-ELIBBAD, "%s: %s", path, dlerror());
        }
    }

  close(fd);
  if (ret < 0)
    {
      return ret;
    }

  symbol = dlsym(node->handle, "nxnet_instance");
  if (symbol == NULL)
    {
      dlclose(node->handle);
      return failed(-ELIBBAD, "%s is not libnxnet.so", path);
    }

  memcpy(&instance, &symbol, sizeof(instance));
  node->ops = instance();
  if (node->ops->abi != NXNET_ABI ||
      node->ops->size != sizeof(struct nxnet_ops_s))
    {
      dlclose(node->handle);
      return failed(-ELIBBAD, "%s is of another version", path);
    }

  return 0;
}

static void unload(struct nxnet_s *node)
{
  dlclose(node->handle);
}

#else

static bool g_taken;

static int load(struct nxnet_s *node, const char *path)
{
  if (path != NULL)
    {
      return failed(-ELIBACC, "another library can be named with "
                    "libnxnet.so only");
    }

  if (g_taken)
    {
      return failed(-EBUSY, "libnxnet.a has room for one node: link with "
                    "libnxnet.so for more");
    }

  g_taken   = true;
  node->ops = nxnet_instance();
  return 0;
}

static void unload(struct nxnet_s *node)
{
  (void)node;
  g_taken = false;
}

#endif

/* Nodes ********************************************************************/

static int begin(struct nxnet_s *node, const struct nxnet_config_s *config)
{
  int ret = node->ops->begin(config);

  return ret < 0 ? failed(ret, "the node could not begin: %s",
                          strerror(-ret)) : 0;
}

int nxnet_create(const struct nxnet_config_s *config, struct nxnet_s **node)
{
  struct nxnet_s *newnode;
  int saved = errno;
  int ret;

  g_error[0] = '\0';
  if (node == NULL)
    {
      return failed(-EINVAL, "there is no place for the node: node is NULL");
    }

  *node   = NULL;
  newnode = calloc(1, sizeof(*newnode));
  if (newnode == NULL)
    {
      return failed(-ENOMEM, "no memory for a node");
    }

  ret = load(newnode, config != NULL ? config->object : NULL);
  if (ret == 0)
    {
      ret = begin(newnode, config);
      if (ret < 0)
        {
          unload(newnode);
        }
    }

  if (ret < 0)
    {
      free(newnode);
      newnode = NULL;
    }

  *node = newnode;
  errno = saved;
  return ret;
}

static int end(struct nxnet_s *node)
{
  return node->ops->end(g_error, sizeof(g_error));
}

int nxnet_destroy(struct nxnet_s *node)
{
  int ret = 0;

  g_error[0] = '\0';
  if (node != NULL)
    {
      ret = end(node);
      unload(node);
      free(node);
    }

  return ret;
}

int nxnet_reset(struct nxnet_s *node, const struct nxnet_config_s *config)
{
  int left;
  int ret;

  g_error[0] = '\0';
  left = end(node);
  ret  = begin(node, config);
  return ret < 0 ? ret : left;
}

/* What is done by the node *************************************************/

uint64_t nxnet_now(struct nxnet_s *node)
{
  return node->ops->now();
}

uint64_t nxnet_next(struct nxnet_s *node)
{
  return node->ops->next();
}

ssize_t nxnet_send(struct nxnet_s *node, int sock, const void *buf,
                   size_t len, int flags)
{
  return node->ops->sendto(sock, buf, len, flags, NULL, 0);
}

ssize_t nxnet_recv(struct nxnet_s *node, int sock, void *buf, size_t len,
                   int flags)
{
  return node->ops->recvfrom(sock, buf, len, flags, NULL, NULL);
}

#define FORWARD(type, name, params, args) \
  type nxnet_##name(struct nxnet_s *node, NXNET_PLAIN params) \
  { \
    return node->ops->name args; \
  }

NXNET_CALLS(FORWARD)
