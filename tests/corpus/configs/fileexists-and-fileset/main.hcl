output "o" { value = [fileexists("a.txt"), fileexists("b.txt"), fileset(".", "*.txt"), filemd5("a.txt"), fileset(path.module, "**/*.md")] }
