package export

import (
	"fmt"
	"strings"
)

const (
	xmlStandalone      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	sheetNamespace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationNamespace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relationsNamespace = "http://schemas.openxmlformats.org/package/2006/relationships"
	typesNamespace     = "http://schemas.openxmlformats.org/package/2006/content-types"
	mainType           = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

type xlsxPart struct{ name, content string }

// xlsxParts are the files of a workbook besides its sheets.
func xlsxParts(sheets int) []xlsxPart {
	var names, relations, types strings.Builder
	for i := 1; i <= sheets; i++ {
		name := "Items"
		if i > 1 {
			name = fmt.Sprintf("Items %d", i)
		}
		fmt.Fprintf(&names, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i, i)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, relationNamespace, i)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i, mainType)
	}
	fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, sheets+1, relationNamespace)
	return []xlsxPart{
		{"xl/workbook.xml", xmlStandalone + `<workbook xmlns="` + sheetNamespace + `" xmlns:r="` + relationNamespace + `"><sheets>` + names.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlStandalone + `<Relationships xmlns="` + relationsNamespace + `">` + relations.String() + `</Relationships>`},
		{"xl/styles.xml", xmlStandalone + xlsxStyles},
		{"_rels/.rels", xmlStandalone + `<Relationships xmlns="` + relationsNamespace + `"><Relationship Id="rId1" Type="` + relationNamespace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", xmlStandalone + `<Types xmlns="` + typesNamespace + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + mainType + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + mainType + `styles+xml"/>` + types.String() + `</Types>`},
	}
}

// xlsxStyles has the cell formats that the style constants number: plain, bold
// header, date, date with time.
const xlsxStyles = `<styleSheet xmlns="` + sheetNamespace + `">` +
	`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
