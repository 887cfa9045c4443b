//go:build linux

package bench

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// nginxConfiguration is a cache of POST answers by the raw body, behind a password.
// A call that is spelled otherwise is another for it, and it writes bodies to disk
// in clear: it does less than a connector, and is here as a mark.
const nginxConfiguration = `
daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log stderr error;
%[2]s
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	proxy_cache_path %[1]s/cache keys_zone=calls:10m inactive=1h;
	server {
		listen %[3]s ssl http2;
		ssl_certificate %[4]s;
		ssl_certificate_key %[5]s;
		ssl_protocols TLSv1.3;
		keepalive_requests 1000000000;
		client_body_buffer_size 64k;
		location / {
			auth_basic "api connector";
			auth_basic_user_file %[1]s/users;
			proxy_pass http://%[6]s;
			proxy_cache calls;
			proxy_cache_methods POST;
			proxy_cache_key $request_body;
			proxy_cache_valid 200 1h;
		}
	}
}
`

// startNginx returns nil where nginx is not installed.
func startNginx(t testing.TB, v *validator) *server {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path = "/usr/sbin/nginx"; exec.Command(path, "-v").Run() != nil {
			fmt.Println("LEFT OUT: nginx: it is not installed")
			return nil
		}
	}
	folder := t.TempDir()
	certFile, keyFile, config := certificateFiles(t)
	// {SHA} is the cheapest that it knows; like ours it is a digest of a generated
	// secret.
	sum := sha1.Sum([]byte(secret))
	users := fmt.Sprintf("%s:{SHA}%s\n", username, base64.StdEncoding.EncodeToString(sum[:]))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "users"), []byte(users), 0o600))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the folder is ours alone
	}
	address := gatehouse.FreeAddresses(t, 1)[0]
	file := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(nginxConfiguration, folder, user, address, certFile, keyFile, v.address)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	command := exec.Command(path, "-c", file)
	launch(t, command, address)
	return &server{
		name: nginxHit, address: address, tls: config, pids: children(t, command.Process.Pid, "worker"), // its other children do not serve, and one ends after a minute
		password: secret, want: want{http.StatusOK, answer}, next: same,
	}
}
