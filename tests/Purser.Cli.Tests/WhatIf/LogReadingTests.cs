using System.Text;
using Purser.Cli.WhatIf;
using Purser.Routing.WhatIf;

namespace Purser.Cli.Tests.WhatIf;

public sealed class LogReadingTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public void A_huge_log_is_read_in_constant_memory()
    {
        // 256 MB in lines of 64 KB, of which no more than one is ever there.
        var line = Encoding.UTF8.GetBytes($"{{\"type\":\"user\",\"message\":{{\"content\":\"{new string('x', 65_000)}\"}}}}\n");
        var input = new Repeated(line, 256 * Megabyte / line.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var lines = new WholeLines(input);
        var read = 0L;
        while (lines.TryRead(out _))
        {
            read++;
        }

        Assert.Equal(256 * Megabyte / line.Length, read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * Megabyte);
    }

    [Fact]
    public void What_was_said_isnt_taken_into_memory()
    {
        using var run = new CliRun();
        var said = $"{{\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":\"{new string('x', 100_000)}\"}}}}\n";
        var file = run.File("long.jsonl");
        using (var writer = new StreamWriter(file))
        {
            for (var line = 0; line < 300; line++)
            {
                writer.Write(said);
            }
        }
        var tally = new LogTally();
        var log = new ClaudeCodeLog(tally);
        log.Read(file);
        var before = GC.GetAllocatedBytesForCurrentThread();

        log.Read(file);

        // A thirtieth of the 30 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Megabyte);
        Assert.Equal((2, 0), (tally.Files, tally.BadLines));
    }

    [Fact]
    public void A_line_beyond_the_limit_is_passed_over()
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 70 * (int)Megabyte) + "\n{\"a\":1}\n"));
        var lines = new WholeLines(input);

        Assert.True(lines.TryRead(out var line));

        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(line.Span));
        Assert.False(lines.TryRead(out _));
        Assert.Equal(1, lines.TooLong);
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"b\":2}", 2, 0, 0)]
    [InlineData("{\"a\":1}\n{\"b\":", 1, 0, 1)]
    [InlineData("{\"a\":1}\n\n  \r\n[1]\nno\n{\"b\":2}\r\n", 2, 2, 0)]
    [InlineData("", 0, 0, 0)]
    [InlineData("\uFEFF{\"a\":1}\n", 1, 0, 0)]
    public void Bad_lines_and_unfinished_ones_are_counted(string text, int taken, int bad, int unfinished)
    {
        using var run = new CliRun();
        var file = run.Write(text, "log.jsonl");
        var (tally, seen) = (new LogTally(), 0);

        LogFiles.Read(file, tally, _ => seen++);

        Assert.Equal((taken, bad, unfinished), (seen, tally.BadLines, tally.Unfinished));
    }

    [Theory]
    [InlineData("\"id\":\"m\",", "\"requestId\":\"r\",", "\"requestId\":\"r\",", 1)]
    [InlineData("\"id\":\"m\",", "\"requestId\":\"r\",", "", 1)]
    [InlineData("\"id\":\"m\",", "", "\"requestId\":\"r\",", 1)]
    [InlineData("\"id\":\"m\",", "\"requestId\":\"r\",", "\"requestId\":\"other\",", 2)]
    [InlineData("", "\"requestId\":\"r\",", "\"requestId\":\"r\",", 2)]
    public void A_call_is_known_by_its_message_and_its_request(string id, string first, string second, int calls)
    {
        using var run = new CliRun();
        var usage = $"\"message\":{{{id}\"model\":\"m\",\"usage\":{{\"input_tokens\":1,\"output_tokens\":OUT}}}}}}\n";
        var file = run.Write($"{{{first}{usage}{{{second}{usage}".Replace("OUT", "2", StringComparison.Ordinal), "s.jsonl");
        var log = new ClaudeCodeLog(new LogTally());

        log.Read(file);

        Assert.Equal(calls, log.Steps.Count);
    }

    [Fact]
    public void A_log_of_nothing_that_is_known_is_no_error()
    {
        using var run = new CliRun();
        var file = run.Write(
            "{\"message\":5}\n{\"message\":{\"usage\":{}}}\n{\"message\":{\"usage\":{\"input_tokens\":-1,\"output_tokens\":1}}}\n"
                + "{\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":{\"last_token_usage\":{\"input_tokens\":1,\"cached_input_tokens\":2,\"output_tokens\":1}}}}\n"
                + "{\"type\":\"response_item\",\"payload\":{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{\"}}\n"
                + "{\"type\":\"session_meta\",\"payload\":{\"id\":\"x\",\"forked_from_id\":\"x\"}}\n",
            "odd.jsonl"
        );
        var tally = new LogTally();
        var (claude, codex) = (new ClaudeCodeLog(tally), new CodexLog(tally));

        claude.Read(file);
        codex.Read(file);

        Assert.Empty(claude.Steps);
        Assert.Empty(codex.Steps);
        Assert.Equal((0, 3), (tally.BadLines, tally.BadUsage));
    }

    [Theory]
    [InlineData("git status --short", StepSigns.Look)]
    [InlineData("cd src && rg -n 'x' . | head -5", StepSigns.Look)]
    [InlineData("sed -n '1,20p' a.cs", StepSigns.Look)]
    [InlineData("ls -la 2>/dev/null", StepSigns.Look)]
    [InlineData("sed -i s/a/b/ a.cs", StepSigns.Run)]
    [InlineData("sed -n 'w b.cs' a.cs", StepSigns.Run)]
    [InlineData("cat a > b", StepSigns.Run)]
    [InlineData("echo $(rm a)", StepSigns.Run)]
    [InlineData("ls; rm a", StepSigns.Run)]
    [InlineData("find . -name x -delete", StepSigns.Run)]
    [InlineData("git push", StepSigns.Run)]
    [InlineData("git diff --output=x", StepSigns.Run)]
    [InlineData("", StepSigns.Run)]
    [InlineData(null, StepSigns.Run)]
    public void A_shell_looks_only_where_every_program_does(string? command, StepSigns expected) =>
        Assert.Equal(expected, ToolSigns.Shell(command));

    /// <summary>A line again and again, without being kept.</summary>
    private sealed class Repeated(byte[] line, long times) : Stream
    {
        private long at;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => line.Length * times;

        public override long Position
        {
            get => at;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = 0;
            while (read < count && at < Length)
            {
                var from = (int)(at % line.Length);
                var length = Math.Min(count - read, line.Length - from);
                Array.Copy(line, from, buffer, offset + read, length);
                (read, at) = (read + length, at + length);
            }
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
