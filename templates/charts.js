// Charts that answer: values under the pointer, zoom, logarithm, several runs over one another. The pictures in the page
// stay for paper and for readers without script; what is drawn here stands in them as well.
(function(){
  var store=document.getElementById('curves');
  if(!window.uPlot||!store){return;}
  var book=JSON.parse(store.textContent),root=document.documentElement,live=[];
  var dashes=[[],[7,3],[2,3],[9,3,2,3]];
  function style(i){return (i+(i>>2))%4;}  // of curve i; with the four colours, sixteen that differ
  function ink(name){return getComputedStyle(root).getPropertyValue(name).trim();}
  function steps(spec,count){
    if(Array.isArray(spec)){return spec;}
    var made=new Array(count);
    for(var i=0;i<count;i++){made[i]=spec.first+i*spec.by;}
    return made;
  }
  function curve(number){var one=book[number];return [steps(one[0],one[1].length),one[1]];}
  function word(v){
    if(v===null||v===undefined){return '';}
    var size=Math.abs(v);
    if(size!==0&&(size>=1e6||size<1e-3)){return v.toExponential(2).replace(/\.?0+e/,'e').replace('e+','e');}
    return size>=1000?Math.round(v).toLocaleString('en'):String(+v.toPrecision(4));
  }
  function positive(numbers){
    return numbers.every(function(n){return book[n][1].every(function(v){return v===null||v>0;});});
  }
  function mark(u,spec){
    var c=u.ctx,box=u.bbox,ratio=window.devicePixelRatio||1;
    c.save();c.beginPath();c.rect(box.left,box.top,box.width,box.height);c.clip();
    if(spec.window){
      var a=u.valToPos(spec.window[0],'x',true),b=u.valToPos(spec.window[1],'x',true);
      if(b-a<0.95*box.width){c.fillStyle=ink('--window');c.fillRect(a,box.top,Math.max(3*ratio,b-a),box.height);}
    }
    if(spec.band){
      var low=u.valToPos(spec.band[0],'y',true),high=u.valToPos(spec.band[1],'y',true);
      if(isFinite(low)&&isFinite(high)){c.fillStyle=ink('--band');c.fillRect(box.left,high,box.width,low-high);}
    }
    c.restore();
  }
  // The names of the level lines stand beside the curves, never over them; on a narrow page a word a line.
  var font='11px system-ui, sans-serif',tall=13,ruler=document.createElement('canvas').getContext('2d');
  function names(spec,wide){
    ruler.font=font;
    return Object.keys(spec.lines||{}).map(function(label){
      var text=label+' '+word(spec.lines[label]),lines=wide<480?text.split(' '):[text];
      return {level:spec.lines[label],lines:lines,wide:Math.max.apply(null,lines.map(function(l){return ruler.measureText(l).width;}))};
    });
  }
  function room(spec,wide){
    return Math.min(wide*0.35,names(spec,wide).reduce(function(most,one){return Math.max(most,one.wide+8);},0));
  }
  function levels(u,spec){
    var c=u.ctx,box=u.bbox,ratio=window.devicePixelRatio||1,end=box.top+box.height;
    c.save();c.font=11*ratio+'px system-ui, sans-serif';c.textAlign='left';
    var placed=[];
    names(spec,u.width).forEach(function(one){
      one.at=u.valToPos(one.level,'y',true);
      if(!isFinite(one.at)||one.at<box.top||one.at>end){return;}
      c.strokeStyle=ink('--soft');c.lineWidth=ratio;c.setLineDash([5*ratio,4*ratio]);
      c.beginPath();c.moveTo(box.left,one.at);c.lineTo(box.left+box.width,one.at);c.stroke();c.setLineDash([]);
      placed.push(one);
    });
    placed.sort(function(a,b){return a.at-b.at;});
    placed.reduce(function(from,one){
      one.top=Math.max(from,one.at-one.lines.length*tall*ratio/2);return one.top+one.lines.length*tall*ratio;
    },box.top-tall*ratio/2);
    var low=placed[placed.length-1],over=low?Math.max(0,low.top+low.lines.length*tall*ratio-end-4*ratio):0;
    c.fillStyle=ink('--ink');
    placed.forEach(function(one){one.lines.forEach(function(line,i){
      c.fillText(line,box.left+box.width+5*ratio,one.top-over+(i*tall+10)*ratio);});});
    // What is not finite has no height: a mark on the axis, as in the picture.
    c.fillStyle=ink('--error');
    spec.curves.forEach(function(number){
      var one=curve(number),last=-1e9;
      one[1].forEach(function(v,i){
        if(v!==null){return;}
        var x=u.valToPos(one[0][i],'x',true),base=box.top+box.height;
        if(x<box.left||x>box.left+box.width||x-last<6*ratio){return;}
        last=x;c.beginPath();c.moveTo(x,base-8*ratio);c.lineTo(x+4*ratio,base);c.lineTo(x-4*ratio,base);c.fill();
      });
    });
    c.restore();
  }
  // The last place at which a curve has a value: curves over one another are logged at steps of their own.
  function last(column){var i=column.length-1;while(i>0&&column[i]===undefined){i--;}return i;}
  // Draws one chart into a place of the page; returns a function that draws it anew (other colours, another width).
  function chart(place,spec,described){
    var plot=null,log=!!spec.log,tools=document.createElement('div'),canvas=document.createElement('div');
    canvas.className='live';tools.className='tools';
    canvas.setAttribute('role','img');canvas.setAttribute('aria-label',described);
    function tool(text,act){
      var button=document.createElement('button');
      button.type='button';button.textContent=text;button.addEventListener('click',act);tools.appendChild(button);
      return button;
    }
    var whole=tool('Whole run',function(){plot.setData(plot.data);});
    whole.hidden=true;
    if(positive(spec.curves)){
      var scale=tool(log?'Linear axis':'Logarithmic axis',function(){
        log=!log;scale.textContent=log?'Linear axis':'Logarithmic axis';draw();});
    }
    place.appendChild(canvas);place.appendChild(tools);
    function draw(){
      if(plot){plot.destroy();}
      var wide=Math.max(220,Math.min(spec.wide||832,canvas.clientWidth));
      var axis={stroke:function(){return ink('--soft');},grid:{stroke:function(){return ink('--hair');},width:1},
        ticks:{show:false},font:font};
      var data=uPlot.join(spec.curves.map(curve));
      var ends=data.map(last);  // shown while the pointer is elsewhere
      function rest(u){if(u.cursor.idx===null||u.cursor.idx===undefined){u.setLegend({idxs:ends},false);}}
      plot=new uPlot({width:wide,padding:[null,spec.lines?room(spec,wide)||null:null,null,null],height:Math.round(Math.max(190,Math.min(264,wide*0.375))),
        scales:{x:{time:false},y:{distr:log?3:1}},
        axes:[Object.assign({},axis,{size:26,values:function(u,ticks){return ticks.map(word);}}),
          Object.assign({},axis,{size:62,values:function(u,ticks){return ticks.map(function(v){return v===null?'':word(v);});}})],
        cursor:{drag:{x:true,y:false,setScale:true},points:{size:6}},
        legend:{live:true,markers:{dash:function(u,i){return ['solid','dashed','dotted','dashed'][style(i-1)];}}},
        series:[{label:{epoch:'epoch',index:'row'}[spec.axis]||'step',value:function(u,v,s,i){return i===null?'':Math.round(v).toLocaleString('en');}}]
          .concat(spec.names.map(function(name,i){
            return {label:name,stroke:function(){return ink('--s'+i%4);},width:1.6,points:{fill:function(){return ink('--card');},size:5},dash:dashes[style(i)],
              spanGaps:false,value:function(u,v,s,i){return i===null?'':v===null?'not finite':word(v);}};})),
        hooks:{ready:[rest],setCursor:[rest],drawClear:[function(u){mark(u,spec);}],draw:[function(u){levels(u,spec);}],
          setScale:[function(u,key){if(key==='x'&&u.data&&u.data[0].length){
            var x=u.data[0],s=u.scales.x;whole.hidden=!(s.min>x[0]||s.max<x[x.length-1]);}}]}
      },data,canvas);
    }
    draw();
    live.push({place:place,draw:draw});
  }
  function enliven(figure){
    var picture=figure.querySelector('svg.chart'),spec=JSON.parse(figure.querySelector('script').textContent);
    if(!picture||!spec.curves.length){return;}
    var title=picture.querySelector('title'),told=picture.querySelector('desc');
    var place=document.createElement('div');
    figure.insertBefore(place,picture);figure.classList.add('is-live');
    chart(place,spec,(title?title.textContent+'. ':'')+(told?told.textContent:''));
  }
  var seen=new IntersectionObserver(function(entries){
    entries.forEach(function(entry){
      if(entry.isIntersecting){seen.unobserve(entry.target);enliven(entry.target);}
    });
  },{rootMargin:'300px'});
  document.querySelectorAll('figure.plot').forEach(function(figure){seen.observe(figure);});

  function again(){live=live.filter(function(one){return one.place.isConnected;});live.forEach(function(one){one.draw();});}
  new MutationObserver(again).observe(root,{attributes:true,attributeFilter:['data-theme']});
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change',again);
  var width=innerWidth,timer=0;
  addEventListener('resize',function(){
    if(innerWidth===width){return;}
    width=innerWidth;clearTimeout(timer);timer=setTimeout(again,150);
  });

  // Several runs over one another: ticked in the list, drawn above it.
  var list=document.getElementById('runs'),over=document.getElementById('overlay');
  if(!list||!over){return;}
  var most=12,rows=Array.prototype.slice.call(list.querySelectorAll('tr[data-curve]')).filter(function(r){return r.dataset.curve!=='';});
  if(rows.length<2){return;}
  var place=over.querySelector('.place'),told=over.querySelector('.told');
  over.hidden=false;
  rows.forEach(function(row){
    var box=document.createElement('input');
    box.type='checkbox';box.className='pick';box.setAttribute('aria-label','Draw the training loss of '+row.cells[0].textContent+' over others');
    box.addEventListener('change',overlay);row.querySelector('.spark').prepend(box);
  });
  function picked(){return rows.filter(function(row){return row.querySelector('.pick').checked;});}
  function decades(chosen){
    var values=[].concat.apply([],chosen.map(function(row){return book[+row.dataset.curve][1];})).filter(function(v){return v!==null;});
    var low=Math.min.apply(null,values);
    return low>0?Math.log10(Math.max.apply(null,values)/low):0;
  }
  function overlay(){
    var chosen=picked();
    while(chosen.length>most){chosen.pop().querySelector('.pick').checked=false;}
    place.textContent='';
    told.textContent=chosen.length?'':'Tick runs in the list to draw their training losses over one another.';
    if(!chosen.length){return;}
    var names=chosen.map(function(row){return row.cells[0].textContent;});
    chart(place,{curves:chosen.map(function(row){return +row.dataset.curve;}),names:names,axis:'step',wide:1100,log:decades(chosen)>2.5},
      'Training loss of '+names.join(', '));
  }
  over.querySelector('.all').addEventListener('click',function(){
    var left=most;
    Array.prototype.forEach.call(list.querySelectorAll('tbody tr'),function(row){
      var box=row.querySelector('.pick');
      if(box){box.checked=!row.hidden&&left-->0;}
    });
    overlay();
  });
  over.querySelector('.none').addEventListener('click',function(){
    picked().forEach(function(row){row.querySelector('.pick').checked=false;});overlay();
  });
  overlay();
})();
