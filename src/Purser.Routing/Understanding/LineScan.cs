namespace Purser.Routing.Understanding;

/// <summary>What the lines of a text look like: code, traces, differences, lists. One pass over their ends; used again for the next text.</summary>
internal sealed class LineScan
{
    public int Lines { get; private set; }

    /// <summary>The share of the bytes that stand in lines of code, fenced or by their look.</summary>
    public float CodeShare { get; private set; }

    /// <summary>Lines that are hardly anything but code: where a function or a class begins, an include.</summary>
    public int Heads { get; private set; }

    public int Fences { get; private set; }
    public int TraceLines { get; private set; }
    public int DiffLines { get; private set; }
    public int ListItems { get; private set; }

    /// <summary>Lines that offer an answer to choose: <c>A)</c>, <c>(b)</c>, <c>C.</c></summary>
    public int Options { get; private set; }

    /// <summary>Reads a text.</summary>
    public void Read(ReadOnlySpan<byte> text)
    {
        (Lines, CodeShare, Heads, Fences) = (0, 0, 0, 0);
        (TraceLines, DiffLines, ListItems, Options) = (0, 0, 0, 0);
        var code = 0;
        var isFenced = false;
        var rest = text;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var indented = line.TrimEnd("\r \t"u8);
            var bare = indented.TrimStart(" \t"u8);
            if (bare.IsEmpty)
            {
                continue;
            }
            Lines++;
            if (bare.StartsWith("```"u8))
            {
                Fences++;
                isFenced = !isFenced;
                continue;
            }
            var isCode = isFenced || LooksLikeCode(bare, isIndented: bare.Length < indented.Length);
            code += isCode ? line.Length : 0;
            Heads += IsHead(bare) ? 1 : 0;
            CountLook(bare);
        }
        CodeShare = code / (float)Math.Max(1, text.Length);
    }

    private void CountLook(ReadOnlySpan<byte> line)
    {
        if (IsTrace(line))
        {
            TraceLines++;
        }
        else if (line.StartsWith("@@ "u8) || line.StartsWith("diff --git"u8) || line.StartsWith("+++ "u8) || line.StartsWith("--- a/"u8))
        {
            DiffLines++;
        }
        else if (IsOption(line))
        {
            Options++;
        }
        else if (
            line.Length > 2
            && (
                line[0] is (byte)'-' or (byte)'*' && line[1] == ' '
                || line[0] is >= (byte)'1' and <= (byte)'9' && line[1] is (byte)'.' or (byte)')'
            )
        )
        {
            ListItems++;
        }
    }

    private static bool IsHead(ReadOnlySpan<byte> line) =>
        ((line.StartsWith("def "u8) || line.StartsWith("class "u8) || line.StartsWith("async def "u8)) && line[^1] == ':')
        || line.StartsWith("#include <"u8)
        || (line[^1] == '{' && line.Contains((byte)'('));

    private static bool IsTrace(ReadOnlySpan<byte> line) =>
        line.StartsWith("at "u8) && line.IndexOfAny((byte)'(', (byte)'.') > 0
        || line.StartsWith("Traceback"u8)
        || line.StartsWith("File \""u8)
        || line.StartsWith("panic:"u8)
        || line.StartsWith("Exception in"u8)
        || line.StartsWith("Unhandled"u8)
        || line.StartsWith("Caused by:"u8)
        || line.StartsWith("error["u8)
        || line[..Math.Min(line.Length, 80)].IndexOf("Error:"u8) is >= 0 and < 60
        || line[..Math.Min(line.Length, 80)].IndexOf("Exception:"u8) >= 0
        || line.StartsWith("error:"u8)
        || line.StartsWith("FAILED"u8);

    private static bool IsOption(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3)
        {
            return false;
        }
        var isOpen = line[0] == '(';
        var letter = isOpen ? line[1] : line[0];
        var sign = isOpen ? line[2] : line[1];
        return (letter | 0x20) is >= 'a' and <= 'j' && (sign == ')' || (!isOpen && sign == '.' && line[2] == ' '));
    }

    private static bool LooksLikeCode(ReadOnlySpan<byte> line, bool isIndented)
    {
        var last = line[^1];
        return last is (byte)';' or (byte)'{' or (byte)'}'
            || (isIndented && last is (byte)')' or (byte)':' or (byte)',' && line.IndexOfAny((byte)'(', (byte)'=') >= 0)
            || (isIndented && line.StartsWith("return"u8))
            || line.StartsWith("def "u8)
            || line.StartsWith("class "u8) && last == ':'
            || line.StartsWith("import "u8) && line.Length < 60
            || line.StartsWith("from "u8) && line.IndexOf(" import "u8) > 0
            || line.StartsWith("#include"u8)
            || line.StartsWith("//"u8)
            || line.StartsWith("func "u8)
            || line.StartsWith("fn "u8)
            || line.StartsWith("const "u8)
            || line.StartsWith("let "u8) && line.Contains((byte)'=')
            || line.StartsWith("SELECT "u8)
            || line.StartsWith("$ "u8);
    }
}
