using System.Buffers.Binary;
using System.Text;

namespace Purser.Cli.Tests.Quoting;

/// <summary>
/// A frame of AWS's event stream, written by the format's description and without any of the reader's code. A chunk is put into base64 as
/// InvokeModelWithResponseStream does.
/// </summary>
internal sealed class EventFrame
{
    public string? Event { get; set; }
    public string? Exception { get; set; }
    public string? Chunk { get; set; }
    public string Payload { get; set; } = "";

    /// <summary>Which byte to change; 0: none.</summary>
    public int Damage { get; set; }

    public byte[] ToBytes()
    {
        var payload = Chunk is null ? Payload : $$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(Chunk))}}","p":"abcdef"}""";
        byte[] headers =
        [
            .. Exception is null ? Header(":event-type", Event ?? "chunk") : Header(":exception-type", Exception),
            .. Header(":content-type", "application/json"),
            .. Header(":message-type", Exception is null ? "event" : "exception"),
        ];
        var body = Encoding.UTF8.GetBytes(payload);
        byte[] prelude = [.. Number(16 + headers.Length + body.Length), .. Number(headers.Length)];
        byte[] all = [.. prelude, .. Number((int)Crc32(prelude)), .. headers, .. body];
        byte[] frame = [.. all, .. Number((int)Crc32(all))];
        frame[Damage] ^= (byte)(Damage > 0 ? 0x20 : 0);
        return frame;
    }

    private static byte[] Header(string name, string value)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        return [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 7, .. length, .. Encoding.ASCII.GetBytes(value)];
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    // Bit by bit, as the checksum is defined.
    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes)
        {
            crc ^= next;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }
        return ~crc;
    }
}
