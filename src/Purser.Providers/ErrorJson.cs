using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>What the error bodies of all formats have in common.</summary>
internal static class ErrorJson
{
    /// <summary>Plain text stays readable: the bodies are JSON, never HTML.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the members for machines into the error object.</summary>
    public static void WriteDetails(Utf8JsonWriter writer, in WireError error, bool withRequestId)
    {
        foreach (var (name, value) in error.Details ?? [])
        {
            if (name is not ("message" or "type" or "param" or "code" or "request_id"))
            {
                writer.WriteString(name, value);
            }
        }
        if (withRequestId && error.RequestId is not null)
        {
            writer.WriteString("request_id", error.RequestId);
        }
    }
}
