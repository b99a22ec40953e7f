using Purser.Gateway.Configuration;
using Purser.Gateway.Routing.Escalation;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

public sealed class CodeCheckerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    // The code comes on the standard input, and the exit code is the verdict.
    [InlineData("grep -q good", "```sh\ngood\n```", null)]
    [InlineData("grep -q good", "```sh\nbad\n```", "a block of code (sh) doesn't pass its checker")]
    [InlineData("grep -q good", "Fine:\n```sh\ngood\n```\nand\n~~~ SH\nbad\n~~~", "a block of code (sh) doesn't pass its checker")]
    // What nothing checks.
    [InlineData("grep -q good", "```python\nbad\n```", null)]
    [InlineData("grep -q good", "bad", null)]
    [InlineData("grep -q good", "```sh\nbad, and cut off", null)]
    // What says nothing.
    [InlineData("no-such-program-anywhere", "```sh\nbad\n```", null)]
    // A program that doesn't read its input.
    [InlineData("false", "```sh\nbad\n```", "a block of code (sh) doesn't pass its checker")]
    public async Task A_command_says_whether_code_will_do(string command, string answer, string? why) =>
        Assert.Equal(why, (await FaultAsync(command.Split(' '), answer, Patience))?.Why);

    [Fact]
    public async Task What_takes_too_long_is_ended_and_says_nothing() =>
        Assert.Null(await FaultAsync(["sleep", "60"], "```sh\nx\n```", TimeSpan.FromMilliseconds(100)));

    [Fact]
    public async Task Once_the_client_has_left_nothing_is_said() =>
        Assert.Null(await FaultAsync(["false"], "```sh\nx\n```", Patience, new CancellationToken(canceled: true)));

    [Fact]
    public void A_process_that_cant_be_ended_says_nothing() =>
        Assert.True(CodeChecker.SaysNothing(new AggregateException(new System.ComponentModel.Win32Exception())));

    [Fact]
    public async Task The_gateways_environment_stays_its_own()
    {
        Environment.SetEnvironmentVariable("PURSER_TEST_SECRET", "x");

        Assert.NotNull(await FaultAsync(["printenv", "PURSER_TEST_SECRET"], "```sh\nx\n```", Patience));
    }

    private static Task<CheckFailure?> FaultAsync(string[] command, string answer, TimeSpan timeout, CancellationToken stop = default) =>
        CodeChecker.FaultAsync(
            [new CodeCommand(["sh"], command, timeout)],
            [new CheckedChoice(answer, [], AnswerStop.Done, HasRefusal: false, HasOther: false)],
            stop
        );
}
