using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Simulator.Http;

/// <summary>Whole answers of providers that indent them by two spaces.</summary>
internal static class IndentedJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes JSON that was composed without white space.</summary>
    public static void Write(OutputBuffer to, OutputBuffer compact)
    {
        var indented = new ArrayBufferWriter<byte>(compact.Length * 2);
        using (var document = JsonDocument.Parse(compact.WrittenMemory))
        using (var writer = new Utf8JsonWriter(indented, Options))
        {
            document.WriteTo(writer);
        }

        to.Add(indented.WrittenSpan);
    }
}
