namespace Purser.Routing.Checks;

/// <summary>A block of code in an answer.</summary>
/// <param name="Language">What its fence says that it is, in lower case; empty where it says nothing.</param>
/// <param name="Code">The code.</param>
public sealed record CodeBlock(string Language, string Code);

/// <summary>Finds blocks of code between fences of three or more backticks or tildes.</summary>
public static class CodeBlocks
{
    /// <summary>The blocks of a text, in order. One that is never closed isn't whole, and isn't given.</summary>
    public static IReadOnlyList<CodeBlock> Of(string text)
    {
        var blocks = new List<CodeBlock>();
        var (fence, language, code) = ("", "", new List<string>());
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            var own = FenceOf(trimmed);
            if (fence.Length == 0)
            {
                if (own.Length > 0)
                {
                    (fence, language) = (own, LanguageOf(trimmed[own.Length..]));
                    code.Clear();
                }
            }
            else if (own.Length >= fence.Length && own[0] == fence[0] && own.Length == trimmed.Length)
            {
                blocks.Add(new CodeBlock(language, string.Join('\n', code)));
                fence = "";
            }
            else
            {
                code.Add(line.TrimEnd('\r'));
            }
        }

        return blocks;
    }

    private static string FenceOf(string line)
    {
        const int least = 3;
        if (line.Length < least || line[0] is not ('`' or '~'))
        {
            return "";
        }

        var length = line.AsSpan().IndexOfAnyExcept(line[0]);
        length = length < 0 ? line.Length : length;
        return length < least ? "" : line[..length];
    }

    private static string LanguageOf(string info)
    {
        var words = info.Split([' ', '\t', '{', ','], StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "" : words[0].ToLowerInvariant();
    }
}
