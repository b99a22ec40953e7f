using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Bench;
using Purser.Bench.Load;
using Purser.Bench.Measuring;
using Purser.Bench.Upstream;

switch (args)
{
    case ["upstream", var port]:
        await UpstreamServer.RunAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;

    case ["load", var target, var file, var connections, var seconds]:
        var load = new StreamLoad(IPEndPoint.Parse(target), await File.ReadAllBytesAsync(file), FixedAnswers.ChunksPerStream + 1);
        var result = await load.RunAsync(
            int.Parse(connections, CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))
        );
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;

    case ["--help" or "-h"]:
        Console.WriteLine(Options.Usage);
        return 0;
}

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await new Benchmark(Options.Parse(args)).RunAsync() ? 0 : 1;
}
catch (Exception wrong) when (wrong is BenchException or FormatException)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
finally
{
    Child.KillAll();
}

static void Stop(PosixSignalContext signal)
{
    Child.KillAll();
    Environment.Exit(130);
}
