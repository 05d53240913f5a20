package face

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"netid/internal/suite"
)

// Models are the files with which a page compares faces: other people's, as
// they published them, not changed by a byte. They are not in this program (13 MB,
// and models whose licences nobody has stated): the operator lays the two packages
// in a directory as npm pack makes them.
type Models struct {
	Digest string // of all files: what a device's word names
	files  map[string][]byte
}

// pinned is one file of a package, with its SHA-256.
type pinned struct{ archive, name, digest string }

// The packages, in the names that npm pack gives their archives.
const (
	faceAPI = "vladmandic-face-api-1.7.15.tgz"
	wasm    = "tensorflow-tfjs-backend-wasm-4.22.0.tgz"
)

// Packages are what the directory is to hold, as npm knows them.
func Packages() []string {
	return []string{"@vladmandic/face-api@1.7.15", "@tensorflow/tfjs-backend-wasm@4.22.0"}
}

func pins() []pinned {
	return []pinned{
		{faceAPI, "package/dist/face-api.esm.js", "14f0e9813f6d9f14a9cdafb6543a74835ebb13085090e2942310a7a737f55d9a"},
		{faceAPI, "package/model/ssd_mobilenetv1_model-weights_manifest.json", "888f744dffbc84f5f060d1f8427d9742341943a2dfaaf9205d10029b7e7a2955"},
		{faceAPI, "package/model/ssd_mobilenetv1_model.bin", "2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8"},
		{faceAPI, "package/model/face_landmark_68_model-weights_manifest.json", "ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9"},
		{faceAPI, "package/model/face_landmark_68_model.bin", "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b"},
		{faceAPI, "package/model/face_recognition_model-weights_manifest.json", "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b"},
		{faceAPI, "package/model/face_recognition_model.bin", "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589"},
		{wasm, "package/dist/tfjs-backend-wasm-simd.wasm", "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b"},
		{wasm, "package/dist/tfjs-backend-wasm.wasm", "70a5d516060464e5269f01c74bac1772d6b8ab6cb612acf16b5cdaf61f78d892"},
	}
}

// OpenModels reads the files out of the two archives in dir and refuses any that
// is not the one that is pinned here.
func OpenModels(dir string) (*Models, error) {
	m := &Models{files: map[string][]byte{}}
	for _, archive := range []string{faceAPI, wasm} {
		if err := m.take(dir, archive); err != nil {
			return nil, fmt.Errorf("face models: %w (in that directory: npm pack %s)", err, strings.Join(Packages(), " "))
		}
	}
	var list strings.Builder
	for _, p := range pins() {
		if m.files[path.Base(p.name)] == nil {
			return nil, fmt.Errorf("face models: %s is not in %s", p.name, p.archive)
		}
		fmt.Fprintf(&list, "%s  %s\n", p.digest, path.Base(p.name))
	}
	m.Digest = sum([]byte(list.String()))
	return m, nil
}

// most bounds a file, in bytes: the greatest has 6.4 MB.
const most = 16 << 20

func (m *Models) take(dir, archive string) error {
	f, err := os.Open(filepath.Join(dir, archive))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		at := slices.IndexFunc(pins(), func(p pinned) bool { return p.archive == archive && p.name == h.Name })
		if at < 0 {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(t, most))
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		if sum(b) != pins()[at].digest {
			return fmt.Errorf("%s in %s is not the file that was looked at", h.Name, archive)
		}
		m.files[path.Base(h.Name)] = b
	}
}

func sum(b []byte) string {
	d, _, _ := suite.CopyDigest(io.Discard, bytes.NewReader(b)) // neither end can fail
	return hex.EncodeToString(d[:])
}

// Files are served beside the service's own modules, under the same names as in
// the packages: fs.Glob and fs.ReadFile know them below assets/.
func (m *Models) Files() fs.FS { return served(m.files) }

type served map[string][]byte

// Glob gives all: whoever asks, asks for assets/*.
func (s served) Glob(string) ([]string, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		names = append(names, "assets/"+name)
	}
	return names, nil
}

// ReadFile gives one.
func (s served) ReadFile(name string) ([]byte, error) {
	b, ok := s[path.Base(name)]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

// Open is there for the interface alone.
func (s served) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}
