#!/usr/bin/env bash
# Builds the image localhost/olievlek with Debian's buildah and mmdebstrap, as root; `make image`.
# No registry of images is asked: the base is made of Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=build/image
python=.venv/bin/python
suite=${SUITE:-bookworm} # which has Python 3.11
for program in buildah mmdebstrap; do
    command -v "$program" >/dev/null || {
        echo "$program is missing; install Debian's package $program" >&2
        exit 1
    }
done
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "The base has Python 3.11, and .venv another: make it again with PYTHON=python3.11" >&2
    exit 1
}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
revision=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
mkdir -p "$work"

if [[ ! -s $work/base.tar ]]; then
    echo "Making the base of Debian's packages (once)..." >&2
    mmdebstrap --quiet --variant=essential --include=python3-minimal,libpython3-stdlib,ca-certificates,libstdc++6,tzdata \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --customize-hook='rm -rf "$1"/etc/apt/sources.list* "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/*' \
        --customize-hook='rm -rf "$1"/usr/share/perl* "$1"/usr/lib/*/perl* "$1"/usr/lib/*/libperl* "$1"/usr/bin/perl*' \
        --customize-hook='find "$1" -xdev -perm /6000 -type f -exec chmod a-s {} +' \
        "$suite" "$work/base.new.tar"
    mv "$work/base.new.tar" "$work/base.tar"
fi

echo "Installing the program and what it needs, as pinned..." >&2
rm -rf "$work/root" "$work/dist"
mkdir -p "$work/root/opt/olievlek/bin" "$work/root/usr/share/olievlek" "$work/root/data"
"$python" -m hatchling build --target wheel --directory "$PWD/$work/dist" >&2
into=(--quiet --no-deps --target "$work/root/opt/olievlek/lib")
"$python" -m pip install "${into[@]}" --require-hashes --requirement "${REQUIREMENTS:-requirements/run.txt}" >&2
"$python" -m pip install "${into[@]}" "$work"/dist/*.whl >&2
lib=$work/root/opt/olievlek/lib
rm -rf "$lib/bin"
find "$lib" -name __pycache__ -type d -prune -exec rm -rf {} +
find "$lib" -type d \( -name tests -o -name test \) -path '*/site-packages/*' -prune -exec rm -rf {} +
echo "$revision" >"$lib/bot/commit.txt"
[[ ! -f build/sbom.cdx.json ]] || cp build/sbom.cdx.json "$work/root/usr/share/olievlek/"
install -m 0755 deploy/image/olievlek deploy/image/healthy "$work/root/opt/olievlek/bin/"
chmod -R u=rwX,go=rX "$work/root"
chmod 1777 "$work/root/data"

echo "Building the image..." >&2
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
base=$(buildah from scratch)
trap 'buildah rm "$base" >/dev/null 2>&1 || true' EXIT
buildah add --quiet "$base" "$work/base.tar" / >/dev/null
# Compiled once, here: the root file system is read-only later.
mount=$(buildah mount "$base")
cp -r "$work/root/." "$mount/"
chroot "$mount" /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /opt/olievlek/lib >/dev/null || true
cp -r "$mount/opt/olievlek/lib/." "$lib/"
rm -rf "$mount/opt/olievlek" "$mount/usr/share/olievlek" "$mount/data"
buildah umount "$base" >/dev/null
buildah commit --quiet "$base" localhost/olievlek-base >/dev/null
buildah build --quiet --format docker --timestamp "$SOURCE_DATE_EPOCH" --file deploy/image/Containerfile \
    --build-arg VERSION="$version" --build-arg REVISION="$revision" \
    --tag "localhost/olievlek:$version" --tag localhost/olievlek:latest "$work"
buildah images localhost/olievlek
