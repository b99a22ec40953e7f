using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Ollama;

/// <summary>Errors as Ollama writes them: a text. The members for machines stand beside it.</summary>
internal static class OllamaError
{
    public static void Write(IBufferWriter<byte> output, in WireError error)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("error"u8, error.Message);
        writer.WriteString("code"u8, error.Code);
        if (error.Param is not null)
        {
            writer.WriteString("param"u8, error.Param);
        }
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
    }
}
