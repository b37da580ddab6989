(function(){
  var root=document.documentElement,button=document.getElementById('theme');
  if(button){button.hidden=false;button.addEventListener('click',function(){
    var dark=root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme=dark?'light':'dark';});}
  addEventListener('beforeprint',function(){document.querySelectorAll('details').forEach(function(d){d.open=true;});});

  // What has to be scrolled can be reached with the keyboard.
  function reach(within){
    within.querySelectorAll('.scroll,.box').forEach(function(box){
      if(box.scrollWidth>box.clientWidth||box.scrollHeight>box.clientHeight){
        box.tabIndex=0;box.setAttribute('role','group');box.setAttribute('aria-label','to be scrolled');
      }else if(box.tabIndex===0){['tabindex','role','aria-label'].forEach(function(name){box.removeAttribute(name);});}
    });
  }
  document.addEventListener('toggle',function(event){reach(event.target);},true);
  addEventListener('resize',function(){reach(document);});

  var list=document.getElementById('runs'),form=document.getElementById('filter'),single=list&&list.hasAttribute('data-single');
  var bar=document.getElementById('bar'),beside=[];
  // Of several runs one section is open at a time; the style does so on screens only, so that all are printed.
  function show(section){
    if(!single||!section){return;}
    var old=document.querySelector('.run.one.shown');
    if(old){old.classList.remove('shown');}
    section.classList.add('shown');
    document.querySelectorAll('#runs tr.current').forEach(function(row){row.classList.remove('current');});
    var link=document.querySelector('#runs a[href="#'+CSS.escape(section.id)+'"]');
    if(link){link.closest('tr').classList.add('current');}
    reach(section);tellBar();
  }
  // The bar above the open run stays in sight: its name, its place among the runs listed, and the way to those beside it.
  function tellBar(){
    var current=list.querySelector('tr.current'),links=[];
    list.querySelectorAll('tbody tr:not([hidden])').forEach(function(row){
      var link=row.cells[0].querySelector('a');
      if(link){links.push(link);}
    });
    if(!bar||!current){return;}
    var at=links.indexOf(current.cells[0].querySelector('a'));
    bar.hidden=false;
    bar.querySelector('.name').textContent=current.cells[0].textContent;
    bar.querySelector('.at').textContent=(at<0?'not':at+1)+(at<0?' among the ':' of ')+links.length;
    beside=at<0?[links[0],links[0]]:[links[at-1],links[at+1]];
    bar.querySelectorAll('button').forEach(function(button,i){button.disabled=!beside[i];});
  }
  if(bar){bar.querySelectorAll('button').forEach(function(button,i){
    button.addEventListener('click',function(){if(beside[i]){location.hash=beside[i].hash;}});});}
  function reveal(){
    var id='',at=null;
    try{id=decodeURIComponent(location.hash.slice(1));}catch(error){id=location.hash.slice(1);}
    at=id&&document.getElementById(id);
    if(at){show(at.closest('.run.one'));}
    for(var n=at;n;n=n.parentElement){if(n.tagName==='DETAILS'){n.open=true;}}
    if(at){at.scrollIntoView();}
  }
  if(single){root.classList.add('single');show(document.querySelector('.run.one'));}
  addEventListener('hashchange',reveal);reveal();reach(document);

  if(!form){return;}
  form.hidden=false;
  var body=list.querySelector('tbody'),rows=Array.prototype.slice.call(body.rows),texts=rows.map(function(row){return row.textContent.toLowerCase();});
  var text=document.getElementById('f-text'),verdict=document.getElementById('f-verdict'),cause=document.getElementById('f-cause'),count=document.getElementById('f-count');
  var format=document.getElementById('f-format'),by=document.getElementById('f-folders'),heads=[],order=rows.slice();
  // Neither is offered where it would change nothing: one format, or a folder for every run.
  var folders=new Set(rows.map(function(row){return row.dataset.folder;})).size;
  by.closest('label').hidden=folders<2||folders===rows.length;format.closest('label').hidden=format.options.length<3;
  function filter(){
    var words=text.value.toLowerCase().split(/\s+/),shown=0;
    rows.forEach(function(row,i){
      row.fits=(!verdict.value||row.dataset.verdict===verdict.value)&&(!cause.value||row.dataset.cause===cause.value)
        &&(!format.value||row.dataset.format===format.value)
        &&words.every(function(word){return texts[i].indexOf(word)>=0;});
      row.hidden=!row.fits;if(row.fits){shown++;}
    });
    heads.forEach(tell);
    count.textContent=shown+' of '+rows.length+' runs';
    if(single){tellBar();}
  }
  // The row above the runs of one folder: how they stand, and whether they are shown.
  function tell(head){
    var fit=head.runs.filter(function(row){return row.fits;}),counts={};
    fit.forEach(function(row){counts[row.dataset.verdict]=(counts[row.dataset.verdict]||0)+1;});
    head.row.hidden=!fit.length;
    head.told.textContent=' '+fit.length+(fit.length===1?' run: ':' runs: ')+Object.keys(counts).map(function(word){return counts[word]+' '+word;}).join(', ');
    head.button.setAttribute('aria-expanded',String(head.open));
    head.runs.forEach(function(row){row.hidden=!row.fits||!head.open;});
  }
  function place(){
    heads.forEach(function(head){head.row.remove();});
    var shut=new Set(heads.filter(function(head){return !head.open;}).map(function(head){return head.name;}));
    heads=[];
    if(!by.checked){order.forEach(function(row){body.appendChild(row);});filter();return;}
    var folders=new Map();
    order.forEach(function(row){var name=row.dataset.folder;if(!folders.has(name)){folders.set(name,[]);}folders.get(name).push(row);});
    Array.from(folders.keys()).sort(function(a,b){return a.localeCompare(b,undefined,{numeric:true});}).forEach(function(name){
      var line=document.createElement('tr'),cell=document.createElement('td'),button=document.createElement('button'),told=document.createElement('span');
      var head={name:name,row:line,button:button,told:told,runs:folders.get(name),open:!shut.has(name)};
      line.className='folder';cell.colSpan=5;button.type='button';button.textContent=name?name+'/':'in no folder';told.className='soft small';
      cell.appendChild(button);cell.appendChild(told);line.appendChild(cell);
      button.addEventListener('click',function(){head.open=!head.open;tell(head);});
      heads.push(head);body.appendChild(line);
      head.runs.forEach(function(row){body.appendChild(row);});
    });
    filter();
  }
  form.addEventListener('submit',function(event){event.preventDefault();});
  form.addEventListener('input',function(event){if(event.target===by){place();}else{filter();}});filter();

  var keys={name:function(r){return r.cells[0].textContent;},cause:function(r){return r.cells[2].textContent;},
    number:function(r){return +r.dataset.number;},steps:function(r){return +r.dataset.steps;}};
  list.querySelectorAll('th[data-sort]').forEach(function(head){
    var sorter=document.createElement('button');
    sorter.type='button';sorter.textContent=head.textContent;head.textContent='';head.appendChild(sorter);
    sorter.addEventListener('click',function(){
      var up=head.getAttribute('aria-sort')!=='ascending',key=keys[head.dataset.sort];
      list.querySelectorAll('th[aria-sort]').forEach(function(other){other.removeAttribute('aria-sort');});
      head.setAttribute('aria-sort',up?'ascending':'descending');
      order=rows.slice().sort(function(a,b){
        var x=key(a),y=key(b),way=typeof x==='number'?x-y:x.localeCompare(y,undefined,{numeric:true});
        return (up?way:-way)||a.dataset.number-b.dataset.number;
      });
      place();
    });
  });
})();
