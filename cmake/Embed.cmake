# Writes a C file that has the bytes of another file: cmake -DFROM=index.html -DTO=page.c -DNAME=page_html
# -DHEADER=daemon/io/page.h -P Embed.cmake
file(READ "${FROM}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE "${TO}"
     "#include \"${HEADER}\"\n\nconst char ${NAME}[] = {${bytes}'\\0'};\nconst size_t ${NAME}_len = sizeof ${NAME} - 1;\n")
