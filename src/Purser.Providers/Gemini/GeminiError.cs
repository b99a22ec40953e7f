using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Gemini;

/// <summary>Errors as Google writes them: the members for machines are in an <c>ErrorInfo</c> among the details.</summary>
internal static class GeminiError
{
    public static void Write(IBufferWriter<byte> output, in WireError error)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, error.Status);
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("status"u8, Status(error.Status));
        writer.WriteStartArray("details"u8);
        writer.WriteStartObject();
        writer.WriteString("@type"u8, "type.googleapis.com/google.rpc.ErrorInfo"u8);
        writer.WriteString("reason"u8, error.Code);
        writer.WriteString("domain"u8, "purser"u8);
        writer.WriteStartObject("metadata"u8);
        if (error.Param is not null)
        {
            writer.WriteString("param"u8, error.Param);
        }
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Status(int status) =>
        status switch
        {
            401 => "UNAUTHENTICATED"u8,
            402 => "FAILED_PRECONDITION"u8,
            403 => "PERMISSION_DENIED"u8,
            404 => "NOT_FOUND"u8,
            409 => "ABORTED"u8,
            429 => "RESOURCE_EXHAUSTED"u8,
            501 => "UNIMPLEMENTED"u8,
            502 or 503 => "UNAVAILABLE"u8,
            504 => "DEADLINE_EXCEEDED"u8,
            >= 500 => "INTERNAL"u8,
            _ => "INVALID_ARGUMENT"u8,
        };
}
