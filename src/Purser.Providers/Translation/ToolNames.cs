using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Purser.Providers.Translation;

/// <summary>
/// The names of a request's tools at the provider. A name that the provider doesn't take is replaced by its beginning and a hash of the whole,
/// the same one every time, so that the conversation's calls agree with the tools.
/// </summary>
internal sealed class ToolNames
{
    /// <summary>The longest name that most providers take.</summary>
    public const int UsualLength = 64;

    private const int HashLength = 8;

    private readonly FormatTranslator format;
    private readonly RuleNotes notes;
    private Dictionary<string, string>? clientNames;

    public ToolNames(FormatTranslator format, CanonicalRequest request, RuleNotes notes)
    {
        this.format = format;
        this.notes = notes;
        foreach (var tool in request.Tools)
        {
            if (tool.Kind != ToolKind.Vendor)
            {
                Of(tool.Name);
            }
        }
    }

    /// <summary>The names that were replaced: the provider's, and the client's. Null: none.</summary>
    public IReadOnlyDictionary<string, string>? ClientNames => clientNames;

    /// <summary>A tool's name at the provider.</summary>
    public string Of(string name)
    {
        if (format.TakesToolName(name))
        {
            return name;
        }
        var replaced = Replace(name);
        (clientNames ??= [])[replaced] = name;
        notes.Note(TranslationRules.ChangeToolName);
        return replaced;
    }

    /// <summary>Whether a name has only letters, digits, underscores and hyphens, and at most so many.</summary>
    public static bool IsPlain(string name, int longest) => name.Length > 0 && name.Length <= longest && name.All(IsPlain);

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '-';

    private static string Replace(string name)
    {
        var start = name.Length > UsualLength - HashLength - 2 ? name[..(UsualLength - HashLength - 2)] : name;
        var plain = string.Concat(start.Select(character => IsPlain(character) ? character : '_'));
        if (plain.Length == 0 || !char.IsAsciiLetter(plain[0]))
        {
            plain = "t" + plain;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{plain}_{XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(name)):x8}");
    }
}
