using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>What a writer of a request works with.</summary>
/// <param name="Request">The request.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Names">The tools' names at the provider.</param>
/// <param name="Notes">Takes the rules that are applied.</param>
internal sealed record RequestWriting(CanonicalRequest Request, TranslationTarget Target, ToolNames Names, RuleNotes Notes)
{
    /// <summary>Writes the members that have no place in the canonical model, where the request came in the same format.</summary>
    public void WriteExtras(Utf8JsonWriter writer, string format)
    {
        if (Request.Format != format)
        {
            return;
        }
        foreach (var (name, value) in Request.Extras)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }
}
