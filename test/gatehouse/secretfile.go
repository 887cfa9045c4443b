package gatehouse

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// SecretFile is a file that is replaced as a whole: who reads it has the old text
// or the new one, never a part.
type SecretFile struct {
	Path string
	// Change replaces the text.
	Change func(t testing.TB, text string)
}

// RenamedFile is replaced by a rename, as secret agents do it.
func RenamedFile(t testing.TB, text string) SecretFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	f := SecretFile{path, func(t testing.TB, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}}
	f.Change(t, text)
	return f
}

// KubernetesFile is replaced as the kubelet does it in a volume: the file is a
// link to ..data/secret, ..data is a link to a folder; a new ..data is renamed over
// the old one, then the old folder is removed (kubernetes/pkg/volume/util,
// AtomicWriter). Who had followed the link before finds nothing.
func KubernetesFile(t testing.TB, text string) SecretFile {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "secret")
	require.NoError(t, os.Symlink(filepath.Join("..data", "secret"), path))
	old := ""
	f := SecretFile{path, func(t testing.TB, text string) {
		t.Helper()
		data, err := os.MkdirTemp(folder, "..2026_")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(data, "secret"), []byte(text), 0o600))
		swap := filepath.Join(folder, "..data_tmp")
		require.NoError(t, os.Symlink(filepath.Base(data), swap))
		require.NoError(t, os.Rename(swap, filepath.Join(folder, "..data")))
		if old != "" {
			require.NoError(t, os.RemoveAll(old))
		}
		old = data
	}}
	f.Change(t, text)
	return f
}
