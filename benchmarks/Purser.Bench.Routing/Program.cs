using System.Globalization;
using Purser.Bench.Routing;
using Purser.Routing.Understanding;

// What it takes to understand a request, in processor time: each call on its own, since what counts is the slow one.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const long warmUp = 1_000_000_000;
var calls = args is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 20_000;
Console.WriteLine($"{"understanding a request", -28} {"bytes", 8} {"p50 µs", 8} {"p99 µs", 8} {"allocated", 10}   class, difficulty");
foreach (var (name, body) in Requests.All)
{
    // Until the runtime has optimized it.
    var begin = ThreadTime.Now;
    while (ThreadTime.Now - begin < warmUp)
    {
        RequestReader.Read(body);
    }
    var allocated = GC.GetAllocatedBytesForCurrentThread();
    var times = new double[calls];
    for (var call = 0; call < calls; call++)
    {
        var start = ThreadTime.Now;
        RequestReader.Read(body);
        times[call] = (ThreadTime.Now - start) / 1000.0;
    }
    allocated = GC.GetAllocatedBytesForCurrentThread() - allocated - times.Length * sizeof(double);
    Array.Sort(times);
    var features = RequestReader.Read(body);
    Console.WriteLine(
        $"{name, -28} {body.Length, 8} {times[calls / 2], 8:0.0} {times[calls * 99 / 100], 8:0.0} {allocated / calls, 8} B   {features.Class}, {features.Difficulty:0.00}"
    );
}
