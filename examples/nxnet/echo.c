/* examples/nxnet/echo.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two hosts in one program, with a wire of 10 ms between them, and no network
 * of the machine that this runs on.
 *
 *      client 10.0.0.1 ----------------------------------- 10.0.0.2 server
 *
 * The client sends what the command line says, by TCP; the server sends it
 * back.  The times that are printed are those of the two hosts: the program
 * itself takes a few milliseconds.
 *
 * It links with libnxnet.so:  cc echo.c -lnxnet
 */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nxnet.h>

#define DELAY 10000000u              /* Of the wire, in ns */
#define PORT  7

/* A frame on its way */

struct frame_s
{
  struct frame_s *next;
  uint64_t when;                     /* It arrives */
  size_t len;
  unsigned char data[];
};

struct host_s
{
  struct nxnet_s *node;
  struct host_s *peer;
  int device;
  struct frame_s *first;             /* Frames on their way to it */
  struct frame_s **last;
};

/* A node sends: the frame will be with its peer after the delay */

static void output(void *arg, const void *data, size_t len)
{
  struct host_s *host = arg;
  struct frame_s *frame = malloc(sizeof(*frame) + len);

  if (frame == NULL)
    {
      return;                        /* Lost; TCP knows what to do */
    }

  frame->next = NULL;
  frame->when = nxnet_now(host->node) + DELAY;
  frame->len  = len;
  memcpy(frame->data, data, len);
  *host->peer->last = frame;
  host->peer->last  = &frame->next;
}

static void deliver(struct host_s *host)
{
  struct frame_s *frame = host->first;

  host->first = frame->next;
  if (host->first == NULL)
    {
      host->last = &host->first;
    }

  nxnet_input(host->node, host->device, frame->data, frame->len, false);
  free(frame);
}

/* Go to the next moment at which something happens; false: nothing will */

static bool step(struct host_s *hosts)
{
  uint64_t when = NXNET_NEVER;
  int i;

  for (i = 0; i < 2; i++)
    {
      uint64_t next = nxnet_next(hosts[i].node);

      when = next < when ? next : when;
      if (hosts[i].first != NULL && hosts[i].first->when < when)
        {
          when = hosts[i].first->when;
        }
    }

  for (i = 0; i < 2 && when != NXNET_NEVER; i++)
    {
      nxnet_advance(hosts[i].node, when);
      while (hosts[i].first != NULL && hosts[i].first->when <= when)
        {
          deliver(&hosts[i]);
        }
    }

  return when != NXNET_NEVER;
}

static void must(int ret, const char *what)
{
  if (ret < 0)
    {
      fprintf(stderr, "echo: %s: %s %s\n", what, strerror(-ret),
              nxnet_error());
      exit(1);
    }
}

static void host_make(struct host_s *host, struct host_s *peer, int number)
{
  struct nxnet_device_s device =
  {
    .name   = "eth0",
    .mac    = { 2, 0, 0, 0, 0, (unsigned char)number },
    .output = output,
    .arg    = host,
  };

  struct nxnet_config_s config =
  {
    .seed = (uint64_t)number,
  };

  struct in_addr addr;

  host->peer = peer;
  must(nxnet_create(&config, &host->node), "nxnet_create");
  addr.s_addr  = htonl(0x0a000000u + (uint32_t)number);
  host->device = nxnet_device_add(host->node, &device);
  must(host->device, "nxnet_device_add");
  must(nxnet_address_add(host->node, host->device, addr, 24),
       "nxnet_address_add");
}

static int server_open(struct host_s *server)
{
  struct sockaddr_in addr =
  {
    .sin_family = AF_INET,
    .sin_port   = htons(PORT),
  };

  int sock = nxnet_socket(server->node, AF_INET, SOCK_STREAM, 0);

  must(sock, "nxnet_socket");
  must(nxnet_bind(server->node, sock, (struct sockaddr *)&addr,
                  sizeof(addr)), "nxnet_bind");
  must(nxnet_listen(server->node, sock, 5), "nxnet_listen");
  return sock;
}

static int client_open(struct host_s *client)
{
  struct sockaddr_in addr =
  {
    .sin_family = AF_INET,
    .sin_port   = htons(PORT),
  };

  int sock = nxnet_socket(client->node, AF_INET, SOCK_STREAM, 0);
  int ret;

  must(sock, "nxnet_socket");
  addr.sin_addr.s_addr = htonl(0x0a000002);
  ret = nxnet_connect(client->node, sock, (struct sockaddr *)&addr,
                      sizeof(addr));
  must(ret == -EINPROGRESS ? 0 : ret, "nxnet_connect");
  return sock;
}

int main(int argc, char *argv[])
{
  const char *text = argc > 1 ? argv[1] : "hello";
  size_t len = strlen(text);
  struct host_s hosts[2];
  struct host_s *client = &hosts[0];
  struct host_s *server = &hosts[1];
  int listener;
  int conn = -1;
  int sock;
  size_t sent = 0;
  size_t got = 0;
  char buf[512];

  if (argc > 2 || strcmp(text, "--help") == 0)
    {
      fprintf(argc > 2 ? stderr : stdout, "usage: echo [text]\n"
              "Sends the text by TCP from one node to another and back.\n");
      return argc > 2 ? 2 : 0;
    }

  memset(hosts, 0, sizeof(hosts));
  client->last = &client->first;
  server->last = &server->first;
  host_make(client, server, 1);
  host_make(server, client, 2);
  listener = server_open(server);
  sock     = client_open(client);

  while (got < len && step(hosts))
    {
      ssize_t n;

      if (conn < 0)
        {
          conn = nxnet_accept(server->node, listener, NULL, NULL);
        }

      if (conn >= 0 &&
          (n = nxnet_recv(server->node, conn, buf, sizeof(buf), 0)) > 0)
        {
          nxnet_send(server->node, conn, buf, (size_t)n, 0);
        }

      if (sent < len && (nxnet_poll(client->node, sock) & POLLOUT) != 0)
        {
          n     = nxnet_send(client->node, sock, text + sent, len - sent, 0);
          sent += n > 0 ? (size_t)n : 0;
        }

      n = nxnet_recv(client->node, sock, buf, sizeof(buf), 0);
      if (n > 0)
        {
          printf("%6.3f s: %.*s\n", (double)nxnet_now(client->node) / 1e9,
                 (int)n, buf);
          got += (size_t)n;
        }
    }

  must(nxnet_destroy(client->node), "nxnet_destroy");
  must(nxnet_destroy(server->node), "nxnet_destroy");
  while (hosts[0].first != NULL || hosts[1].first != NULL)
    {
      struct host_s *host = &hosts[hosts[0].first == NULL];
      struct frame_s *frame = host->first;

      host->first = frame->next;
      free(frame);
    }

  return got == len ? 0 : 1;
}
