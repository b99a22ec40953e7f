using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Cohere;

/// <summary>Errors as Cohere writes them: an id and a message. The members for machines stand beside it.</summary>
internal static class CohereError
{
    public static void Write(IBufferWriter<byte> output, in WireError error)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        if (error.RequestId is { } id)
        {
            writer.WriteString("id"u8, id);
        }
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("code"u8, error.Code);
        if (error.Param is not null)
        {
            writer.WriteString("param"u8, error.Param);
        }
        ErrorJson.WriteDetails(writer, error, withRequestId: false);
        writer.WriteEndObject();
    }
}
