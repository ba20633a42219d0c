// URLs as they are found on bad pages: the same ones each time.
let seed = 7;
function rnd(n) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 4294967296 * n);
}
const pick = (list) => list[rnd(list.length)];
const schemes = ['http://','https://','HTTP://','HtTpS:','https:\\\\','ftp://','http:/','ws://','foo://','mailto:','//','','file:///','https:////'];
const hosts = ['example.com','EXAMPLE.com','Exämple.com','münchen.de','xn--mnchen-3ya.de','user:pw@Example.com','example.com:443','example.com:80','example.com:8080','127.1','0x7f.0.0.1','[::1]','[2001:DB8::1]:8080','日本語.jp','faß.de','example.com.','a_b.example.com','EXA%4dPLE.com','exa mple.com','☃.net','1.2.3','256.1.1.1'];
const paths = ['','/','/a','/a/','/a//','/A/../b/./c/','/%7Efoo','/~foo/ü','/a b','/a%20b','/%zz','/a;b=c','/"<>`{}','/a\\b','/%2e%2e/x','/é/','/'+ '\u{1F600}', '/a|b','/a^b','/\t\nx'];
const names = ['a','b','A','utm_source','UTM_source','utm_','x y','ü','%75tm_x','a%20','é','日','\u{1F600}','\uffee','a+b','','a%','%ff','%e2%82','a%00','~','*','q[]','a|','\''];
const values = ['1','','2=3','x y','x+y','%41','%zz','%','ü','\u{1F600}','%C3%28','<>','a%2Fb','\'','"','`','~','!','*','()','\\','^','{}'];
const frags = ['','#','#frag','#a?b','#utm_x=1'];

export function oddUrls(count) {
    const urls = new Set(['no url','http://','https://Example.com/Path/?b=2&a=1&utm_source=x#frag',' https://example.com ','\u00a0https://example.com/x\ufeff','https://example.com/?','https://example.com/?&','https://example.com/?=&=','https://example.com?a','https://example.com/?a=1&a=0','javascript:alert(1)','data:text/html,x?y=1','http://ex.com:99999/','http://ex.com:/']);
    while (urls.size < count) {
      const n = rnd(5); const q = [];
      for (let i = 0; i < n; i++) q.push(pick(names) + (rnd(5) ? '=' + pick(values) : ''));
      urls.add((rnd(10) ? '' : ' ') + pick(rnd(3) ? schemes.slice(0, 4) : schemes) + pick(rnd(3) ? hosts.slice(0, 12) : hosts) + pick(paths) + (n ? '?' + q.join('&') : '') + pick(frags));
    }
    return [...urls];
}
