package mediatype

// table has a media type a line and the endings that stand for it, the usual
// one first. An ending belongs to the first line that has it. The types, the
// usual endings and who wins are those of the package mime-types that the
// JavaScript SDK uses; test/conformance compares every line with it.
const table = `
application/atom+xml atom
application/dash+xml mpd
application/ecmascript es ecma
application/epub+zip epub
application/geo+json geojson
application/gpx+xml gpx
application/gzip gz
application/java-archive jar war ear
application/javascript js mjs
application/json json map
application/json5 json5
application/ld+json jsonld
application/manifest+json webmanifest
application/mathml+xml mathml
application/mbox mbox
application/mp4 mp4s m4p
application/msword doc dot
application/n-quads nq
application/n-triples nt
application/node cjs
application/ogg ogx
application/pdf pdf
application/pkcs7-mime p7m p7c
application/pkcs8 p8
application/pkix-cert cer
application/postscript ai eps ps
application/rdf+xml rdf owl
application/rss+xml rss
application/rtf rtf
application/sparql-query rq
application/toml toml
application/trig trig
application/ttml+xml ttml
application/vnd.amazon.ebook azw
application/vnd.android.package-archive apk
application/vnd.apple.installer+xml mpkg
application/vnd.apple.keynote key
application/vnd.apple.mpegurl m3u8
application/vnd.apple.numbers numbers
application/vnd.apple.pages pages
application/vnd.geogebra.file ggb
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.mozilla.xul+xml xul
application/vnd.ms-excel xls xlm xla xlc xlt xlw
application/vnd.ms-fontobject eot
application/vnd.ms-outlook msg
application/vnd.ms-powerpoint ppt pps pot
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/vnd.tcpdump.pcap pcap cap dmp
application/vnd.visio vsd vst vss vsw
application/wasm wasm
application/x-7z-compressed 7z
application/x-apple-diskimage dmg
application/x-bittorrent torrent
application/x-bzip bz
application/x-bzip2 bz2 boz
application/x-chrome-extension crx
application/x-csh csh
application/x-debian-package deb udeb
application/x-httpd-php php
application/x-iso9660-image iso
application/x-latex latex
application/x-mobipocket-ebook prc mobi
application/x-msdos-program exe
application/x-perl pl pm
application/x-rar-compressed rar
application/x-redhat-package-manager rpm
application/x-sh sh
application/x-shockwave-flash swf
application/x-sql sql
application/x-subrip srt
application/x-tar tar
application/x-tex tex
application/x-web-app-manifest+json webapp
application/x-x509-ca-cert der crt pem
application/x-xz xz
application/xhtml+xml xhtml xht
application/xml xml xsl xsd rng
application/xml-dtd dtd
application/xslt+xml xsl xslt
application/xspf+xml xspf
application/zip zip
audio/amr amr
audio/basic au snd
audio/midi mid midi kar rmi
audio/mp4 m4a mp4a
audio/mpeg mpga mp2 mp2a mp3 m2a m3a
audio/ogg oga ogg spx opus
audio/wave wav
audio/webm weba
audio/x-aac aac
audio/x-aiff aif aiff aifc
audio/x-flac flac
audio/x-m4a m4a
audio/x-ms-wma wma
font/collection ttc
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/aces exr
image/apng apng
image/avif avif
image/bmp bmp
image/cgm cgm
image/gif gif
image/heic heic
image/heif heif
image/jp2 jp2 jpg2
image/jpeg jpeg jpg jpe
image/jxr jxr
image/ktx ktx
image/png png
image/svg+xml svg svgz
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/vnd.djvu djvu djv
image/vnd.microsoft.icon ico
image/vnd.ms-dds dds
image/webp webp
image/x-icon ico
image/x-ms-bmp bmp
image/x-portable-pixmap ppm
image/x-tga tga
message/rfc822 eml mime
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/stl stl
text/cache-manifest appcache manifest
text/calendar ics ifb
text/coffeescript coffee litcoffee
text/css css
text/csv csv
text/html html htm shtml
text/jsx jsx
text/less less
text/markdown markdown md
text/mathml mml
text/mdx mdx
text/n3 n3
text/plain txt text conf def list log in ini
text/richtext rtx
text/sgml sgml sgm
text/shex shex
text/slim slim slm
text/stylus stylus styl
text/tab-separated-values tsv
text/troff t tr roff man me ms
text/turtle ttl
text/uri-list uri uris urls
text/vcard vcard
text/vnd.wap.wml wml
text/vtt vtt
text/x-asm s asm
text/x-c c cc cxx cpp h hh dic
text/x-component htc
text/x-fortran f for f77 f90
text/x-handlebars-template hbs
text/x-java-source java
text/x-lua lua
text/x-markdown mkd
text/x-opml opml
text/x-pascal p pas
text/x-processing pde
text/x-sass sass
text/x-scss scss
text/x-setext etx
text/x-sfv sfv
text/x-vcard vcf
text/yaml yaml yml
video/3gpp 3gp 3gpp
video/h264 h264
video/mp2t ts
video/mp4 mp4 mp4v mpg4
video/mpeg mpeg mpg mpe m1v m2v
video/ogg ogv
video/quicktime qt mov
video/webm webm
video/x-flv flv
video/x-m4v m4v
video/x-matroska mkv mk3d mks
video/x-ms-asf asf asx
video/x-ms-wmv wmv
video/x-msvideo avi
text/xml xml
text/rtf rtf
application/x-msdownload exe dll com bat msi
audio/mp3 mp3
audio/wav wav
audio/x-wav wav
audio/3gpp 3gpp
application/octet-stream bin dms lrf mar so dist distz pkg bpk dump elc deploy exe dll deb dmg iso img msi msp msm buffer
`
